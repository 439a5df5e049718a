// What every part of crypto does with bytes, and OpenSSL's errors.
'use strict';
const { invalidArgType, nodeError } = require('internal/errors');
const { normal } = require('internal/encodings');
const { Buffer } = require('buffer');

const buffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Text, bytes or, where `kinds` says so, a secret key as bytes. */
function bytesOf(value, name, kinds = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], encoding = 'utf8') {
  if (typeof value === 'string' && kinds[0] === 'string') return Buffer.from(value, normal(encoding) ?? 'utf8');
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (kinds.includes('ArrayBuffer') && value instanceof ArrayBuffer) return new Uint8Array(value);
  if (kinds.includes('KeyObject') && typeof value?.type === 'string') {
    const { KeyObject, contentOf, keyOf } = require('internal/keys');
    const key = value instanceof KeyObject ? value : keyOf(value);
    if (key !== undefined) {
      if (key.type === 'secret') return contentOf(key);
      throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${key.type}, expected secret.`);
    }
  }
  throw invalidArgType(name, kinds, value);
}

const output = (bytes, encoding) => (encoding && encoding !== 'buffer' && Buffer.isEncoding(encoding) ? buffer(bytes).toString(encoding) : buffer(bytes));

function openssl(code, library, reason, text) {
  const error = new Error(`error:${text}:${library}::${reason}`);
  return Object.assign(error, { library, reason, code });
}

module.exports = { buffer, bytesOf, output, openssl };
