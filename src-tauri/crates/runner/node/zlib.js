// zlib over native coders. Compressing to Brotli is not there: nothing a script answers to asks for it.
'use strict';
const { invalidArgType, checkFunction } = require('internal/errors');
const { Coding, viewed, BYTES } = require('internal/zlib-coding');
const { constants, codes } = require('internal/zlib-constants');
const { Buffer } = require('buffer');

/** Text or bytes as bytes. */
function bytesOf(value, name, kinds) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : viewed(value);
  if (bytes === undefined) throw invalidArgType(name, ['string', ...kinds], value);
  return bytes;
}

function crc32(data, value = 0) {
  const bytes = bytesOf(data, 'data', ['Buffer', 'TypedArray', 'DataView']);
  if (typeof value !== 'number') throw invalidArgType('value', 'number', value);
  return host.native.crc32(bytes, value >>> 0);
}

const zlib = { crc32 };
const kinds = { deflate: 'Deflate', gzip: 'Gzip', deflateRaw: 'DeflateRaw', unzip: 'Unzip', inflate: 'Inflate', gunzip: 'Gunzip', inflateRaw: 'InflateRaw', brotliDecompress: 'BrotliDecompress' };
const streams = ['Deflate', 'Inflate', 'Gzip', 'Gunzip', 'DeflateRaw', 'InflateRaw', 'Unzip', 'BrotliDecompress'];

for (const kind of streams) {
  Object.defineProperty(zlib, kind, { configurable: true, enumerable: true, get: () => require('internal/zlib-streams')[kind] });
}
for (const [name, kind] of Object.entries(kinds)) {
  zlib[name] = function asyncBufferWrapper(buffer, options, callback) {
    if (typeof options === 'function') {
      callback = options;
      options = {};
    }
    const coding = new Coding(kind, options);
    checkFunction(callback, 'callback');
    // Here Node's stream looks at the bytes, which also takes an ArrayBuffer but does not say so.
    const bytes = bytesOf(buffer, 'chunk', ['Buffer', 'TypedArray', 'DataView']).slice();
    host.defer(() => {
      let output;
      try {
        output = coding.finish(bytes);
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, output);
    });
  };
  zlib[`${name}Sync`] = function syncBufferWrapper(buffer, options) {
    const coding = new Coding(kind, options);
    return coding.finish(bytesOf(buffer, 'buffer', BYTES));
  };
}
for (const kind of streams) {
  const value = (options) => new zlib[kind](options);
  Object.defineProperty(zlib, `create${kind}`, { value, enumerable: true, configurable: true });
}
// Node keeps the constants that were there before `constants` was, unlisted.
for (const name of Object.keys(constants)) {
  if (!name.startsWith('BROTLI')) Object.defineProperty(zlib, name, { value: constants[name] });
}
Object.defineProperty(zlib, 'constants', { value: constants, enumerable: true });
Object.defineProperty(zlib, 'codes', { value: codes, enumerable: true });
module.exports = zlib;
