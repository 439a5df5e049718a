// Blob and File, over bytes in memory.
'use strict';
const { nodeError, invalidArgType } = require('internal/errors');
const custom = Symbol.for('nodejs.util.inspect.custom');
const CHUNK = 65536;

const typed = (type = '') => (/[^\x20-\x7e]/.test(`${type}`) ? '' : `${type}`.toLowerCase());

function bytesOf(part, endings) {
  if (part instanceof Blob) return contents(part);
  if (ArrayBuffer.isView(part)) return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return Buffer.from(part);
  const text = host.engine.wellFormed(`${part}`);
  return Buffer.from(endings === 'native' ? text.replace(/\r\n?/g, '\n') : text);
}

class Blob {
  #bytes;
  #type;

  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts[Symbol.iterator] !== 'function' || typeof parts === 'string') {
      throw invalidArgType('sources', 'a sequence', parts);
    }
    if (options !== null && typeof options !== 'object') throw invalidArgType('options', 'Object', options);
    const { type, endings = 'transparent' } = options ?? {};
    this.#bytes = Buffer.concat(Array.from(parts, (part) => bytesOf(part, endings)));
    this.#type = typed(type);
  }

  get size() { return this.#bytes.length; }
  get type() { return this.#type; }

  slice(start = 0, end = this.size, type = '') {
    const part = new Blob([], { type });
    part.#bytes = this.#bytes.subarray(start, end);
    return part;
  }

  async arrayBuffer() { return new Uint8Array(this.#bytes).buffer; }
  async bytes() { return new Uint8Array(this.#bytes); }
  async text() { return new TextDecoder().decode(this.#bytes); }

  stream() {
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        if (at < this.#bytes.length) {
          controller.enqueue(new Uint8Array(this.#bytes.subarray(at, at += CHUNK)));
        } else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    });
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? this : `Blob ${inspect({ size: this.size, type: this.type }, options)}`;
  }

  static contents(blob) { return blob.#bytes; }
}
const { contents } = Blob;
delete Blob.contents;

class File extends Blob {
  #name;
  #lastModified;

  constructor(parts, name, options = {}) {
    if (arguments.length < 2) {
      throw nodeError(TypeError, 'ERR_MISSING_ARGS', 'The "fileBits" and "fileName" arguments must be specified');
    }
    super(parts, options);
    this.#name = host.engine.wellFormed(`${name}`);
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Math.trunc(Number(options.lastModified)) || 0;
  }

  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }

  [custom](depth, options, inspect) {
    return depth < 0 ? this
      : `File ${inspect({ size: this.size, type: this.type, name: this.name, lastModified: this.lastModified }, options)}`;
  }
}

for (const Class of [Blob, File]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
module.exports = { Blob, File };
