// What the Web Crypto API makes of its arguments, and of algorithms above all (W3C Web Cryptography §18.4.4).
'use strict';
const { nodeError } = require('internal/errors');
const { isCryptoKey } = require('internal/crypto-web-key');

/** A DOMException; `cause` is what a part below threw. */
function fault(message, name, cause) {
  const error = new DOMException(message, name);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true, enumerable: false });
  return error;
}

/** Conversions of one call: each takes a value and what the message calls it. */
function conversions(prefix) {
  const refuse = (what, reason, code = 'ERR_INVALID_ARG_TYPE') => nodeError(TypeError, code, `${prefix}: ${what} ${reason}`);
  const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
  const convert = {
    count(given, needed) {
      if (given < needed) throw nodeError(TypeError, 'ERR_MISSING_ARGS', `${prefix}: ${needed} argument${needed === 1 ? '' : 's'} required, but only ${given} present.`);
    },
    text(value, what) {
      if (typeof value === 'symbol') throw refuse(what, 'is a Symbol and cannot be converted to a string.');
      return String(value);
    },
    algorithm: (value, what) => (isObject(value) ? value : convert.text(value, what)),
    bytes(value, what) {
      if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) throw refuse(what, 'is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.');
      const copy = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
      return copy.slice();
    },
    octets(value, what) {
      if (Object.prototype.toString.call(value) !== '[object Uint8Array]') throw refuse(what, 'is not an Uint8Array object.');
      return value;
    },
    key(value, what) {
      if (!isCryptoKey(value)) throw refuse(what, 'is not of type CryptoKey.');
      return value;
    },
    oneOf(value, what, type, values) {
      const text = String(value);
      if (!values.includes(text)) throw refuse(what, `value '${text}' is not a valid enum value of type ${type}.`, 'ERR_INVALID_ARG_VALUE');
      return text;
    },
    format: (value, what) => convert.oneOf(value, what, 'KeyFormat', ['raw', 'pkcs8', 'spki', 'jwk']),
    usages(value, what) {
      if (!isObject(value) || typeof value[Symbol.iterator] !== 'function') throw refuse(what, 'can not be converted to sequence.');
      return Array.from(value, (usage, at) => convert.oneOf(usage, `${what}, index ${at}`, 'KeyUsage', ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey']));
    },
    jwk(value, what) {
      if (value !== undefined && !isObject(value) && value !== null) throw refuse(what, 'can not be converted to a dictionary');
      return value ?? {};
    },
    number: (most) => (value, what) => {
      if (typeof value === 'bigint') throw refuse(what, 'is a BigInt and cannot be converted to a number.');
      if (typeof value === 'symbol') throw refuse(what, 'is a Symbol and cannot be converted to a number.');
      const number = Number(value);
      if (!Number.isFinite(number)) throw refuse(what, 'is not a finite number.');
      const whole = Math.trunc(number);
      if (whole < 0 || whole > most) throw refuse(what, `is outside the expected range of 0 to ${most}.`, 'ERR_OUT_OF_RANGE');
      return whole;
    },
    refuse,
  };
  return convert;
}

const normalizing = conversions('Failed to normalize algorithm');
const octet = normalizing.number(2 ** 8 - 1);
const short = normalizing.number(2 ** 16 - 1);
const long = normalizing.number(2 ** 32 - 1);
const hash = (value) => normalize(normalizing.algorithm(value, 'hash'), 'digest');
const { bytes, octets, text, key } = normalizing;

// The members of each kind of parameters, in the order they are read; those with a question mark may be absent.
const PARAMETERS = {
  RsaHashedKeyGenParams: { hash, modulusLength: long, publicExponent: octets },
  RsaHashedImportParams: { hash },
  EcKeyGenParams: { namedCurve: text },
  EcKeyImportParams: { namedCurve: text },
  AesKeyGenParams: { length: short },
  AesDerivedKeyParams: { length: short },
  HmacKeyGenParams: { hash, 'length?': long },
  HmacImportParams: { hash, 'length?': long },
  RsaPssParams: { saltLength: long },
  RsaOaepParams: { 'label?': bytes },
  EcdsaParams: { hash },
  HkdfParams: { hash, info: bytes, salt: bytes },
  Pbkdf2Params: { hash, iterations: long, salt: bytes },
  EcdhKeyDeriveParams: { public: key },
  AesCbcParams: { iv: bytes },
  AesCtrParams: { counter: bytes, length: octet },
  AesGcmParams: { 'additionalData?': bytes, iv: bytes, 'tagLength?': octet },
};

const names = (list, parameters) => Object.fromEntries(list.split(' ').map((name) => [name, parameters]));
const RSA = 'RSASSA-PKCS1-v1_5 RSA-PSS RSA-OAEP';
const AES = 'AES-CTR AES-CBC AES-GCM AES-KW';
const signing = { 'RSASSA-PKCS1-v1_5': null, 'RSA-PSS': 'RsaPssParams', ECDSA: 'EcdsaParams', HMAC: null, Ed25519: null };
const ciphers = { 'RSA-OAEP': 'RsaOaepParams', 'AES-CBC': 'AesCbcParams', 'AES-GCM': 'AesGcmParams', 'AES-CTR': 'AesCtrParams' };
// What there is for each operation, and which parameters it takes.
const OPERATIONS = {
  digest: names('SHA-1 SHA-256 SHA-384 SHA-512', null),
  generateKey: { ...names(RSA, 'RsaHashedKeyGenParams'), ...names('ECDSA ECDH', 'EcKeyGenParams'), ...names(AES, 'AesKeyGenParams'), HMAC: 'HmacKeyGenParams', ...names('Ed25519 X25519', null) },
  importKey: { ...names(RSA, 'RsaHashedImportParams'), ...names('ECDSA ECDH', 'EcKeyImportParams'), HMAC: 'HmacImportParams', ...names(`HKDF PBKDF2 ${AES} Ed25519 X25519`, null) },
  sign: signing,
  verify: signing,
  encrypt: ciphers,
  decrypt: ciphers,
  deriveBits: { HKDF: 'HkdfParams', PBKDF2: 'Pbkdf2Params', ECDH: 'EcdhKeyDeriveParams', X25519: 'EcdhKeyDeriveParams' },
  'get key length': { ...names(AES, 'AesDerivedKeyParams'), HMAC: 'HmacImportParams', HKDF: null, PBKDF2: null },
  wrapKey: { 'AES-KW': null },
  unwrapKey: { 'AES-KW': null },
};

/** An algorithm for an operation, with its members read and its name as the specification spells it. */
function normalize(algorithm, operation) {
  if (typeof algorithm === 'string') return normalize({ name: algorithm }, operation);
  const what = 'passed algorithm';
  const required = (name, type) => normalizing.refuse(what, `can not be converted to '${type}' because '${name}' is required in '${type}'.`, 'ERR_MISSING_OPTION');
  if (algorithm.name === undefined) throw required('name', 'Algorithm');
  const wanted = text(algorithm.name, `'name' of 'Algorithm' (${what})`).toUpperCase();
  const known = OPERATIONS[operation];
  const name = Object.keys(known).find((one) => one.toUpperCase() === wanted);
  if (name === undefined) throw fault('Unrecognized algorithm name', 'NotSupportedError');
  const type = known[name];
  const made = { name };
  for (const [label, convert] of Object.entries(type === null ? {} : PARAMETERS[type])) {
    const member = label.replace('?', '');
    const value = algorithm[member];
    if (value !== undefined) made[member] = convert(value, `'${member}' of '${type}' (${what})`);
    else if (member === label) throw required(member, type);
  }
  return made;
}

module.exports = { conversions, fault, normalize };
