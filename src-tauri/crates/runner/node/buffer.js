// Buffer over the engine's Uint8Array. Our own, since the npm polyfill lacks base64url and Node's messages; encodings are native.
'use strict';
const { nodeError, invalidArgType, invalidArgValue, outOfRange } = require('internal/errors');
const { normal, encode, decode, lengthOf } = require('internal/encodings');

const MAX = 4294967296;
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');
const limits = { INSPECT_MAX_BYTES: 50 };
const isBytes = (value) => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
const isArrayBuffer = (value) => value instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer);

class FastBuffer extends Uint8Array {}
FastBuffer.prototype.constructor = Buffer;
Buffer.prototype = FastBuffer.prototype;
Object.setPrototypeOf(Buffer, Uint8Array);

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw invalidArgType('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });

const wrap = (bytes) => (bytes instanceof FastBuffer ? bytes : new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength));

function encodingOf(name) {
  const found = normal(name);
  if (found === undefined) throw nodeError(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${name}`);
  return found;
}

function checkSize(size) {
  if (typeof size !== 'number') throw invalidArgType('size', 'number', size);
  if (!(size >= 0 && size <= MAX)) throw outOfRange('size', `>= 0 && <= ${MAX}`, size);
}

Buffer.poolSize = 8192;
Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === 'string') {
    return wrap(encode(value, typeof encodingOrOffset === 'string' && encodingOrOffset !== '' ? encodingOf(encodingOrOffset) : 'utf8'));
  }
  if (typeof value === 'object' && value !== null) {
    if (isArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const plain = value.valueOf?.();
    if (plain != null && plain !== value && (typeof plain === 'string' || typeof plain === 'object')) return from(plain, encodingOrOffset, length);
    if (ArrayBuffer.isView(value) || value.length !== undefined || isArrayBuffer(value.buffer)) {
      return typeof value.length === 'number' ? FastBuffer.from(value) : new FastBuffer(0);
    }
    if (value.type === 'Buffer' && Array.isArray(value.data)) return FastBuffer.from(value.data);
    const primitive = value[Symbol.toPrimitive]?.('string');
    if (typeof primitive === 'string') return from(primitive, encodingOrOffset);
  }
  const error = invalidArgType('first argument', ['string', 'Buffer', 'ArrayBuffer', 'Array', 'an Array-like Object'], value);
  throw error;
};

function fromArrayBuffer(value, offset, length) {
  let start = offset === undefined ? 0 : +offset;
  if (Number.isNaN(start)) start = 0;
  const most = value.byteLength - start;
  if (most < 0) throw nodeError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
  if (length === undefined) return new FastBuffer(value, start);
  const size = +length > 0 ? +length : 0;
  if (size > most) throw nodeError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
  return new FastBuffer(value, start, size);
}

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const buffer = new FastBuffer(size);
  return fill !== undefined && fill !== 0 && size > 0 ? buffer.fill(fill, encoding) : buffer;
};
Buffer.allocUnsafe = function allocUnsafe(size) { checkSize(size); return new FastBuffer(size); };
Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) { checkSize(size); return new FastBuffer(size); };
Buffer.of = (...items) => FastBuffer.from(items);
Buffer.isBuffer = function isBuffer(value) { return value instanceof FastBuffer; };
Buffer.isEncoding = function isEncoding(name) { return typeof name === 'string' && name.length !== 0 && normal(name) !== undefined; };
Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value !== 'string') {
    if (ArrayBuffer.isView(value) || isArrayBuffer(value)) return value.byteLength;
    throw invalidArgType('string', ['string', 'Buffer', 'ArrayBuffer'], value);
  }
  return lengthOf(value, normal(encoding) ?? 'utf8');
};
Buffer.compare = function compare(left, right) {
  if (!isBytes(left)) throw invalidArgType('buf1', ['Buffer', 'Uint8Array'], left);
  if (!isBytes(right)) throw invalidArgType('buf2', ['Buffer', 'Uint8Array'], right);
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) if (left[at] !== right[at]) return left[at] < right[at] ? -1 : 1;
  return Math.sign(left.length - right.length);
};
Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgType('list', 'Array', list);
  if (list.length === 0) return new FastBuffer(0);
  if (length === undefined) length = list.reduce((sum, { length: size }) => sum + (size || 0), 0);
  else if (typeof length !== 'number') throw invalidArgType('length', 'number', length);
  const buffer = Buffer.alloc(length);
  let at = 0;
  list.forEach((bytes, index) => {
    if (!isBytes(bytes)) throw invalidArgType(`list[${index}]`, ['Buffer', 'Uint8Array'], bytes);
    const part = at + bytes.length > length ? bytes.subarray(0, Math.max(0, length - at)) : bytes;
    buffer.set(part, at);
    at += part.length;
  });
  return buffer;
};

const clamp = (value, length, otherwise) => {
  if (value === undefined) return otherwise;
  const number = Math.trunc(+value) || 0;
  if (number <= 0) return 0;
  return number > length ? length : number;
};

const methods = {
  toString(encoding, start, end) {
    if (this.length === 0) return '';
    const from = clamp(start, this.length, 0);
    const to = clamp(end, this.length, this.length);
    if (to <= from) return '';
    const name = encoding === undefined ? 'utf8' : encodingOf(`${encoding}`);
    return decode(from === 0 && to === this.length ? this : this.subarray(from, to), name);
  },
  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); },
  toJSON() { return { type: 'Buffer', data: Array.from(this) }; },
  equals(other) {
    if (!isBytes(other)) throw invalidArgType('otherBuffer', ['Buffer', 'Uint8Array'], other);
    return this === other || (this.length === other.length && Buffer.compare(this, other) === 0);
  },
  compare(target, targetStart = 0, targetEnd = target?.length, start = 0, end = this.length) {
    if (!isBytes(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    return Buffer.compare(this.subarray(start, Math.max(start, end)), target.subarray(targetStart, Math.max(targetStart, targetEnd)));
  },
  write(text, offset, length, encoding) {
    if (typeof text !== 'string') throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'argument must be a string');
    if (typeof offset === 'string') { encoding = offset; offset = undefined; length = undefined; }
    if (typeof length === 'string') { encoding = length; length = undefined; }
    const start = offset === undefined ? 0 : offset;
    if (typeof start !== 'number') throw invalidArgType('offset', 'number', start);
    if (start < 0 || start > this.length) throw outOfRange('offset', `>= 0 && <= ${this.length}`, start);
    const room = Math.min(length ?? Infinity, this.length - start);
    const name = encoding ? encodingOf(encoding) : 'utf8';
    let bytes = encode(text, name);
    if (bytes.length > room) {
      let size = room;
      if (name === 'utf8') while (size > 0 && (bytes[size] & 0xC0) === 0x80) size--;
      if (name === 'utf16le') size -= size % 2;
      bytes = bytes.subarray(0, size);
    }
    this.set(bytes, start);
    return bytes.length;
  },
  fill(value, offset, end, encoding) {
    if (typeof offset === 'string') { encoding = offset; offset = 0; end = this.length; }
    if (typeof end === 'string') { encoding = end; end = this.length; }
    const from = offset === undefined ? 0 : offset;
    const to = end === undefined ? this.length : end;
    if (typeof from !== 'number') throw invalidArgType('offset', 'number', from);
    if (from < 0) throw outOfRange('offset', `>= 0 && <= ${Number.MAX_SAFE_INTEGER}`, from);
    if (to < 0 || to > this.length) throw outOfRange('end', `>= 0 && <= ${this.length}`, to);
    if (from >= to) return this;
    if (typeof value === 'string' || isBytes(value)) {
      const pattern = typeof value === 'string' ? encode(value, encoding ? encodingOf(encoding) : 'utf8') : value;
      if (pattern.length === 0) {
        if (value.length > 0) throw invalidArgValue('value', value);
        Uint8Array.prototype.fill.call(this, 0, from, to);
      } else if (pattern.length === 1) {
        Uint8Array.prototype.fill.call(this, pattern[0], from, to);
      } else {
        for (let at = from, next = 0; at < to; at++, next = (next + 1) % pattern.length) this[at] = pattern[next];
      }
    } else {
      Uint8Array.prototype.fill.call(this, typeof value === 'boolean' ? +value : value & 255, from, to);
    }
    return this;
  },
  copy(target, targetStart = 0, start = 0, end = this.length) {
    if (!isBytes(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    const to = Math.trunc(+targetStart) || 0;
    if (to < 0) throw outOfRange('targetStart', '>= 0', to);
    if (start < 0 || start > this.length) throw outOfRange('sourceStart', `>= 0 && <= ${this.length}`, start);
    if (end < 0) throw outOfRange('sourceEnd', '>= 0', end);
    if (to >= target.length || start >= end) return 0;
    const part = this.subarray(start, Math.min(end, this.length, start + target.length - to));
    target.set(part, to);
    return part.length;
  },
  slice(start, end) {
    const part = this.subarray(start, end);
    return wrap(part);
  },
  subarray(start, end) {
    const bytes = Uint8Array.prototype.subarray.call(this, start, end);
    return wrap(bytes);
  },
  includes(value, offset, encoding) { return this.indexOf(value, offset, encoding) !== -1; },
  indexOf(value, offset, encoding) { return search(this, value, offset, encoding, true); },
  lastIndexOf(value, offset, encoding) { return search(this, value, offset, encoding, false); },
  swap16() { return swap(this, 2); },
  swap32() { return swap(this, 4); },
  swap64() { return swap(this, 8); },
  inspect(depth, context) { return this[inspectSymbol](depth, context); },
  asciiSlice(start, end) { return this.toString('ascii', start, end); },
  base64Slice(start, end) { return this.toString('base64', start, end); },
  hexSlice(start, end) { return this.toString('hex', start, end); },
  latin1Slice(start, end) { return this.toString('latin1', start, end); },
  ucs2Slice(start, end) { return this.toString('ucs2', start, end); },
  utf8Slice(start, end) { return this.toString('utf8', start, end); },
  utf8Write(text, offset, length) { return this.write(text, offset, length, 'utf8'); },
  latin1Write(text, offset, length) { return this.write(text, offset, length, 'latin1'); },
  hexWrite(text, offset, length) { return this.write(text, offset, length, 'hex'); },
};

function swap(buffer, size) {
  if (buffer.length % size !== 0) throw nodeError(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
  for (let at = 0; at < buffer.length; at += size) buffer.subarray(at, at + size).reverse();
  return buffer;
}

function search(buffer, value, offset, encoding, forward) {
  if (typeof offset === 'string') { encoding = offset; offset = undefined; }
  let from = offset === undefined ? NaN : Math.trunc(+offset);
  if (Number.isNaN(from)) from = forward ? 0 : buffer.length;
  if (from < 0) from += buffer.length;
  if (typeof value === 'number') {
    const byte = value & 255;
    if (forward) return Uint8Array.prototype.indexOf.call(buffer, byte, Math.max(from, 0));
    return from < 0 ? -1 : Uint8Array.prototype.lastIndexOf.call(buffer, byte, from);
  }
  let wanted;
  if (typeof value === 'string') wanted = encode(value, encoding === undefined ? 'utf8' : encodingOf(encoding));
  else if (isBytes(value)) wanted = value;
  else throw invalidArgType('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
  if (wanted.length === 0) return forward ? Math.min(Math.max(from, 0), buffer.length) : Math.min(from, buffer.length);
  const last = buffer.length - wanted.length;
  const matches = (at) => { for (let i = 0; i < wanted.length; i++) if (buffer[at + i] !== wanted[i]) return false; return true; };
  if (forward) { for (let at = Math.max(from, 0); at <= last; at++) if (matches(at)) return at; }
  else for (let at = Math.min(from, last); at >= 0; at--) if (matches(at)) return at;
  return -1;
}

for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(FastBuffer.prototype, name, { value, writable: true, configurable: true, enumerable: true });
}
Object.defineProperty(FastBuffer.prototype, inspectSymbol, {
  value(_depth, context) {
    const shown = Math.min(limits.INSPECT_MAX_BYTES, this.length);
    let text = decode(Uint8Array.prototype.subarray.call(this, 0, shown), 'hex').replace(/(.{2})/g, '$1 ').trim();
    const rest = this.length - shown;
    if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? 's' : ''}`;
    if (context) {
      const own = Object.entries(this).slice(this.length);
      if (own.length > 0) {
        const { inspect } = require('internal/inspect');
        const body = inspect(Object.fromEntries(own), { ...context, breakLength: Infinity, compact: true }).slice(1, -1).trim();
        text += `${this.length > 0 ? ', ' : ''}${body}`;
      }
    }
    return `<${this.constructor.name} ${text}>`;
  },
  writable: true, configurable: true, enumerable: true,
});
for (const [name, key] of [['parent', 'buffer'], ['offset', 'byteOffset']]) {
  Object.defineProperty(FastBuffer.prototype, name, {
    configurable: true, enumerable: true, get() { return this instanceof FastBuffer ? this[key] : undefined; },
  });
}
require('internal/buffer-numbers')(FastBuffer.prototype);

function SlowBuffer(size) { return Buffer.allocUnsafeSlow(size); }
SlowBuffer.prototype = Buffer.prototype;

function invalidCharacter() { return new DOMException('Invalid character', 'InvalidCharacterError'); }

module.exports = {
  Buffer,
  SlowBuffer,
  get Blob() { return require('internal/fetch-blob').Blob; },
  get File() { return require('internal/fetch-blob').File; },
  kMaxLength: MAX,
  kStringMaxLength: 536870888,
  constants: { MAX_LENGTH: MAX, MAX_STRING_LENGTH: 536870888 },
  get INSPECT_MAX_BYTES() { return limits.INSPECT_MAX_BYTES; },
  set INSPECT_MAX_BYTES(value) { limits.INSPECT_MAX_BYTES = value; },
  btoa(text) {
    const input = `${text}`;
    if (/[^\0-\xFF]/.test(input)) throw invalidCharacter();
    return Buffer.from(input, 'latin1').toString('base64');
  },
  atob(text) {
    const input = `${text}`.replace(/[\t\n\f\r ]+/g, '');
    const body = input.length % 4 === 0 ? input.replace(/={1,2}$/, '') : input;
    if (/[^A-Za-z0-9+/]/.test(body)) throw invalidCharacter();
    if (body.length % 4 === 1) throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
    return Buffer.from(body, 'base64').toString('latin1');
  },
  isUtf8: (bytes) => host.native.utf8Valid(new Uint8Array(bytes.buffer ?? bytes)),
  isAscii: (bytes) => new Uint8Array(bytes.buffer ?? bytes).every((byte) => byte < 128),
  transcode: (bytes, from, to) => Buffer.from(Buffer.from(bytes).toString(from), to),
};
