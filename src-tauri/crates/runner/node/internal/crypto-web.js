// crypto.webcrypto: Crypto and SubtleCrypto (W3C Web Cryptography), over the same natives as Node's own functions here.
'use strict';
const { Buffer } = require('buffer');
const { nodeError } = require('internal/errors');
const { conversions, fault, normalize } = require('internal/crypto-web-arguments');
const { CryptoKey } = require('internal/crypto-web-key');
const { native } = host;

// Keys and what they do load with their first use: many scripts want a digest or a UUID only.
const keys = () => require('internal/crypto-web-keys');
const operations = () => require('internal/crypto-web-operations');

const illegal = () => nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
const wrongThis = (type) => nodeError(TypeError, 'ERR_INVALID_THIS', `Value of "this" must be of type ${type}`);
const PLACES = ['1st argument', '2nd argument', '3rd argument', '4th argument', '5th argument', '6th argument', '7th argument'];
const UNREAD = (value) => value;
const flag = (value) => Boolean(value);

/** An algorithm for the first of the operations that knows it. */
function eitherOf(algorithm, ...wanted) {
  try {
    return normalize(algorithm, wanted[0]);
  } catch {
    return normalize(algorithm, wanted[1]);
  }
}

// For each method: how many arguments it needs, how each is read, and what it does with them once the caller has its promise.
const METHODS = {
  digest: [2, ({ algorithm, bytes }) => [algorithm, bytes], (algorithm, data) => {
    const { name } = normalize(algorithm, 'digest');
    return new Uint8Array(native.hash(name, data, 0)).buffer;
  }],
  generateKey: [3, ({ algorithm, usages }) => [algorithm, flag, usages],
    (algorithm, extractable, usages) => keys().generateKey(normalize(algorithm, 'generateKey'), extractable, usages)],
  importKey: [4, ({ format, algorithm, usages }) => [format, UNREAD, algorithm, flag, usages], importing],
  exportKey: [2, ({ format, key }) => [format, key], (format, key) => keys().exportKey(format, key)],
  sign: [3, ({ algorithm, key, bytes }) => [algorithm, key, bytes],
    (algorithm, key, data) => operations().signature(normalize(algorithm, 'sign'), key, data)],
  verify: [4, ({ algorithm, key, bytes }) => [algorithm, key, bytes, bytes],
    (algorithm, key, signature, data) => operations().signature(normalize(algorithm, 'verify'), key, data, signature)],
  encrypt: [3, ({ algorithm, key, bytes }) => [algorithm, key, bytes],
    (algorithm, key, data) => operations().cipher(true, normalize(algorithm, 'encrypt'), key, data, 'encrypt')],
  decrypt: [3, ({ algorithm, key, bytes }) => [algorithm, key, bytes],
    (algorithm, key, data) => operations().cipher(false, normalize(algorithm, 'decrypt'), key, data, 'decrypt')],
  deriveBits: [2, ({ algorithm, key, length }) => [algorithm, key, length], (algorithm, key, length = null) => {
    const read = normalize(algorithm, 'deriveBits');
    checkBase(read, key, 'deriveBits');
    return operations().derivedBits(read, key, length);
  }],
  deriveKey: [5, ({ algorithm, key, usages }) => [algorithm, key, algorithm, flag, usages], (algorithm, key, wanted, extractable, usages) => {
    const read = normalize(algorithm, 'deriveBits');
    const made = normalize(wanted, 'importKey');
    checkBase(read, key, 'deriveKey');
    const length = operations().keyLength(normalize(wanted, 'get key length'));
    const bits = operations().derivedBits(read, key, length);
    return keys().importKey('raw', new Uint8Array(bits), made, extractable, usages);
  }],
  wrapKey: [4, ({ format, key, algorithm }) => [format, key, key, algorithm], (format, key, wrapping, algorithm) => {
    const read = eitherOf(algorithm, 'wrapKey', 'encrypt');
    const exported = keys().exportKey(format, key);
    return operations().cipher(true, read, wrapping, format === 'jwk' ? jwkText(exported, read.name) : new Uint8Array(exported), 'wrapKey');
  }],
  unwrapKey: [7, ({ format, bytes, key, algorithm, usages }) => [format, bytes, key, algorithm, algorithm, flag, usages],
    (format, wrapped, key, algorithm, wanted, extractable, usages) => {
      const plain = operations().cipher(false, eitherOf(algorithm, 'unwrapKey', 'decrypt'), key, wrapped, 'unwrapKey');
      return importing(format, format === 'jwk' ? jwkOf(plain) : plain, wanted, extractable, usages);
    }],
};

function importing(format, data, algorithm, extractable, usages) {
  const { bytes, jwk } = conversions("Failed to execute 'importKey' on 'SubtleCrypto'");
  const read = (format === 'jwk' ? jwk : bytes)(data, '2nd argument');
  return keys().importKey(format, read, normalize(algorithm, 'importKey'), extractable, usages);
}

function checkBase({ name }, key, usage) {
  if (!key.usages.includes(usage)) throw fault(`baseKey does not have ${usage} usage`, 'InvalidAccessError');
  if (key.algorithm.name !== name) throw fault('Key algorithm mismatch', 'InvalidAccessError');
}

/** A JWK as text, with the blanks AES key wrap needs behind it. */
function jwkText(jwk, name) {
  const text = JSON.stringify(jwk);
  return Buffer.from(name === 'AES-KW' ? text.padEnd(Math.ceil(text.length / 8) * 8) : text);
}
function jwkOf(bytes) {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw fault('Invalid wrapped JWK key', 'DataError');
  }
}

class SubtleCrypto {
  constructor() { throw illegal(); }
}
const subtle = Object.create(SubtleCrypto.prototype);

for (const [name, [needed, reading, work]] of Object.entries(METHODS)) {
  const convert = conversions(`Failed to execute '${name}' on 'SubtleCrypto'`);
  const readers = reading({ ...convert, length: (value, what) => (value == null ? null : convert.number(2 ** 32 - 1)(value, what)) });
  const method = {
    async [name](...values) {
      if (this !== subtle) throw wrongThis('SubtleCrypto');
      convert.count(values.length, needed);
      const read = readers.map((reader, at) => reader(values[at], PLACES[at]));
      // As Node's thread pool: the caller goes on, and the answer comes in a turn of its own.
      return new Promise((resolve, reject) => {
        host.defer(() => {
          try {
            resolve(work(...read));
          } catch (error) {
            reject(error);
          }
        });
      });
    },
  }[name];
  Object.defineProperty(method, 'length', { value: needed, configurable: true });
  Object.defineProperty(SubtleCrypto.prototype, name, { value: method, writable: true, configurable: true, enumerable: true });
}
Object.defineProperty(SubtleCrypto.prototype, Symbol.toStringTag, { configurable: true, value: 'SubtleCrypto' });

class Crypto {
  constructor() { throw illegal(); }
  get subtle() {
    if (this !== webcrypto) throw wrongThis('Crypto');
    return subtle;
  }
  getRandomValues(target) {
    if (this !== webcrypto) throw wrongThis('Crypto');
    conversions("Failed to execute 'getRandomValues' on 'Crypto'").count(arguments.length, 1);
    const kind = Object.prototype.toString.call(target);
    if (!ArrayBuffer.isView(target) || /\[object (Float|DataView)/.test(kind)) {
      throw fault('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (target.byteLength > 65536) {
      throw fault(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
    }
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(native.randomBytes(target.byteLength));
    return target;
  }
  randomUUID() {
    if (this !== webcrypto) throw wrongThis('Crypto');
    return require('crypto').randomUUID();
  }
}
for (const name of ['subtle', 'getRandomValues', 'randomUUID']) Object.defineProperty(Crypto.prototype, name, { enumerable: true });
Object.defineProperty(Crypto.prototype, Symbol.toStringTag, { configurable: true, value: 'Crypto' });
const webcrypto = Object.create(Crypto.prototype);

module.exports = { Crypto, CryptoKey, SubtleCrypto, subtle, webcrypto };
