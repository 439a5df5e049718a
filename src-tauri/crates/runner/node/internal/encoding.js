// TextEncoder and TextDecoder.
'use strict';
const { nodeError, invalidArgType } = require('internal/errors');
const { shown } = require('internal/web-shown');
const { native } = host;

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return native.utf8Encode(`${text}`); }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = native.utf8Encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

const LABELS = {
  'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8',
  'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', 'ucs-2': 'utf-16le', unicode: 'utf-16le',
  latin1: 'windows-1252', 'iso-8859-1': 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252', 'windows-1252': 'windows-1252',
};
const HIGH = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #rest = new Uint8Array(0);
  #begun = false;

  constructor(label = 'utf-8', options = {}) {
    const encoding = LABELS[`${label}`.trim().toLowerCase()];
    if (encoding === undefined) throw nodeError(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`);
    this.#encoding = encoding;
    this.#fatal = Boolean(options.fatal);
    this.#ignoreBOM = Boolean(options.ignoreBOM);
  }

  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  decode(input = new Uint8Array(0), { stream = false } = {}) {
    let bytes;
    if (ArrayBuffer.isView(input)) bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    else if (input instanceof ArrayBuffer) bytes = new Uint8Array(input);
    else throw invalidArgType('list', ['ArrayBuffer', 'ArrayBufferView'], input);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
    }
    const end = stream ? this.#complete(bytes) : bytes.length;
    this.#rest = bytes.slice(end);
    let text = this.#text(bytes.subarray(0, end));
    if (!this.#begun && text !== '') {
      if (!this.#ignoreBOM && this.#encoding !== 'windows-1252' && text.charCodeAt(0) === 0xFEFF) text = text.slice(1);
      this.#begun = true;
    }
    if (!stream) this.#begun = false;
    return text;
  }

  #complete(bytes) {
    if (this.#encoding === 'utf-16le') return bytes.length & ~1;
    if (this.#encoding !== 'utf-8') return bytes.length;
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back];
      if ((byte & 0xC0) === 0x80) continue;
      const needs = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
      return needs > back ? bytes.length - back : bytes.length;
    }
    return bytes.length;
  }

  #text(bytes) {
    if (this.#encoding === 'utf-16le') {
      const { decode } = require('internal/encodings');
      return host.engine.wellFormed(decode(bytes, 'utf16le'));
    }
    if (this.#encoding === 'windows-1252') {
      return native.latin1Decode(bytes).replace(/[\u0080-\u009F]/g, (character) => HIGH[character.charCodeAt(0) - 0x80]);
    }
    if (this.#fatal && !native.utf8Valid(bytes)) {
      throw nodeError(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', 'The encoded data was not valid for encoding utf-8');
    }
    return native.utf8Decode(bytes);
  }
}

for (const Class of [TextEncoder, TextDecoder]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
// Node shows no name before it.
const deep = ({ constructor }) => `[${constructor.name}]`;
shown(TextEncoder, ({ encoding }) => ({ encoding }), { name: () => '', deep });
shown(TextDecoder, ({ encoding, fatal, ignoreBOM }) => ({ encoding, fatal, ignoreBOM }), { deep });
module.exports = { TextEncoder, TextDecoder };
