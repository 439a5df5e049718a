// hkdf and hkdfSync.
'use strict';
const { nodeError, invalidArgType, checkFunction, checkInteger, checkString } = require('internal/errors');
const { buffer, bytesOf } = require('internal/crypto-bytes');
const { native } = host;

const MAX = 2 ** 32;
const BYTES = ['string', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'];

function job(digest, key, salt, info, length) {
  checkString(digest, 'digest');
  const isKey = typeof key === 'string' || ArrayBuffer.isView(key) || key instanceof ArrayBuffer || Object.prototype.toString.call(key) === '[object KeyObject]';
  if (!isKey) throw invalidArgType('ikm', ['string', 'SecretKeyObject', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'], key);
  const secret = bytesOf(key, 'ikm', ['string', 'ArrayBuffer', 'KeyObject']).slice();
  const salted = bytesOf(salt, 'salt', BYTES).slice();
  const about = bytesOf(info, 'info', BYTES).slice();
  checkInteger(length, 'length', 0, MAX);
  if (about.length > 1024) {
    throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "info" is out of range. It must be must not contain more than 1024 bytes. Received ${about.length}`);
  }
  const size = native.hashBytes(digest);
  if (size === undefined) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${digest}`);
  if (length > 255 * size) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  return () => {
    const made = native.hkdf(digest, secret, salted, about, length);
    if (made === undefined) throw nodeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'HKDF derivation failed');
    return buffer(made).buffer;
  };
}

function hkdf(digest, key, salt, info, length, callback) {
  const work = job(digest, key, salt, info, length);
  checkFunction(callback, 'callback');
  host.defer(() => {
    let made;
    try {
      made = work();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, made);
  });
}

module.exports = { hkdf, hkdfSync: (...values) => job(...values)() };
