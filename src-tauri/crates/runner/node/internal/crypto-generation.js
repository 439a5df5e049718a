// New keys and primes. Natives make them at once; with a callback they do so in a later turn, as Node's thread pool does.
'use strict';
const { nodeError, invalidArgType, invalidArgValue, checkFunction, checkInteger, checkString } = require('internal/errors');
const { Buffer } = require('buffer');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { checkedEncoding, encoded } = require('internal/key-export');
const { contentOf, privateOf, publicOf, secretOf } = require('internal/keys');
const { customPromisifyArgs } = require('internal/promisify-names');
const { native } = host;

const UINT32 = 2 ** 32 - 1;
const INT32 = 2 ** 31 - 1;
const absent = (what, instead) => nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} not available in Sluice; ${instead}`);
const CURVES = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
const HERE = ['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1'];
// Names of curves that OpenSSL knows and natives do not.
const OTHERS = /^(secp|sect|prime|brainpool|c2|wap|Oakley|SM2|B-|K-|P-)/;

const REFUSALS = {
  'key size too small': () => new Error('error:1C8000AB:Provider routines::key size too small'),
  'pub exponent out of range': () => openssl('ERR_OSSL_RSA_PUB_EXPONENT_OUT_OF_RANGE', 'rsa routines', 'pub exponent out of range', '020000B2'),
};
function made(answer) {
  if (typeof answer === 'string') throw (REFUSALS[answer] ?? (() => new Error(answer)))();
  return answer;
}

function checkObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgType(name, 'object', value);
}

/** Runs `work` in a later turn and hands what it gives to `callback`. */
function later(callback, work) {
  host.defer(() => {
    let values;
    try {
      values = work();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, ...values);
  });
}

/** How one half of a new pair is wanted; nothing for a KeyObject. */
function wanted(options, name, isPrivate, type) {
  const encoding = options?.[name];
  if (encoding == null) return undefined;
  if (typeof encoding !== 'object') throw invalidArgValue(`options.${name}`, encoding);
  return checkedEncoding(encoding, isPrivate, type, `options.${name}`);
}

/** What makes a new private key of that type. */
function maker(type, options) {
  switch (type) {
    case 'rsa': {
      checkObject(options, 'options');
      const { modulusLength } = options;
      const publicExponent = options.publicExponent ?? 0x10001;
      checkInteger(modulusLength, 'options.modulusLength', 0, UINT32);
      checkInteger(publicExponent, 'options.publicExponent', 0, UINT32);
      if (modulusLength > 4096) throw absent(`An RSA key of ${modulusLength} bits is`, 'one of 4096 bits and less is');
      return () => host.span('hash', `rsa ${modulusLength}`, () => made(native.generateRsa(modulusLength, publicExponent)));
    }
    case 'ec': {
      checkObject(options, 'options');
      checkString(options.namedCurve, 'options.namedCurve');
      const { paramEncoding } = options;
      if (paramEncoding != null && paramEncoding !== 'named' && paramEncoding !== 'explicit') throw invalidArgValue('options.paramEncoding', paramEncoding);
      if (paramEncoding === 'explicit') throw absent('A key that spells out its curve is', 'one that names it is');
      const curve = CURVES[options.namedCurve] ?? options.namedCurve;
      if (!HERE.includes(curve)) {
        if (OTHERS.test(curve)) throw absent(`The curve ${curve} is`, `${HERE.join(', ')} are`);
        throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      }
      return () => made(native.generateOnCurve(curve));
    }
    case 'ed25519':
    case 'x25519':
      return () => made(native.generateOnCurve(type));
    case 'rsa-pss':
    case 'dsa':
    case 'dh':
    case 'ed448':
    case 'x448':
      throw absent(`crypto.generateKeyPair('${type}') is`, "'rsa', 'ec', 'ed25519' and 'x25519' are");
    default:
      throw invalidArgValue('type', type, 'must be a supported key type');
  }
}

/** The work of making a pair: checks now, makes later. */
function pairing(type, options) {
  checkString(type, 'type');
  const publicEncoding = wanted(options, 'publicKeyEncoding', false, type);
  const privateEncoding = wanted(options, 'privateKeyEncoding', true, type);
  if (options !== undefined) checkObject(options, 'options');
  const make = maker(type, options);
  return () => {
    const privateKey = privateOf(make());
    const publicKey = publicOf(privateKey);
    return [
      publicEncoding ? encoded(contentOf(publicKey), false, publicEncoding) : publicKey,
      privateEncoding ? encoded(contentOf(privateKey), true, privateEncoding) : privateKey,
    ];
  };
}

function generateKeyPair(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkFunction(callback, 'callback');
  later(callback, pairing(type, options));
}
Object.defineProperty(generateKeyPair, customPromisifyArgs, { value: ['publicKey', 'privateKey'] });

function generateKeyPairSync(type, options) {
  const [publicKey, privateKey] = pairing(type, options)();
  return { publicKey, privateKey };
}

function secretMaking(type, options) {
  checkString(type, 'type');
  checkObject(options, 'options');
  const { length } = options;
  if (type === 'hmac') checkInteger(length, 'options.length', 8, INT32);
  else if (type !== 'aes') throw invalidArgValue('type', type, 'must be a supported key type');
  else if (![128, 192, 256].includes(length)) throw invalidArgValue('options.length', length, 'must be one of: 128, 192, 256');
  return () => [secretOf(native.randomBytes(Math.floor(length / 8)))];
}

function generateKey(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkFunction(callback, 'callback');
  later(callback, secretMaking(type, options));
}
const generateKeySync = (type, options) => secretMaking(type, options)()[0];

const asBigInt = (bytes) => BigInt(`0x0${buffer(bytes).toString('hex')}`);
function bytesOfInteger(value) {
  const text = value.toString(16);
  return Buffer.from(text.padStart(text.length + (text.length % 2), '0'), 'hex');
}

function primeMaking(size, options = {}) {
  checkInteger(size, 'size', 1, INT32);
  checkObject(options, 'options');
  const { safe = false, bigint = false, add, rem } = options;
  if (typeof safe !== 'boolean') throw invalidArgType('options.safe', 'boolean', safe);
  if (typeof bigint !== 'boolean') throw invalidArgType('options.bigint', 'boolean', bigint);
  if (add !== undefined || rem !== undefined) throw absent('crypto.generatePrime with add or rem is', 'without them it is');
  return () => {
    // Primes of two bits have no smaller one with that half.
    const prime = size < 3 ? Uint8Array.of(size === 1 ? 2 : 3) : native.generatePrime(size, safe);
    return [bigint ? asBigInt(prime) : buffer(prime).buffer];
  };
}
function generatePrime(size, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkFunction(callback, 'callback');
  later(callback, primeMaking(size, options));
}
const generatePrimeSync = (size, options) => primeMaking(size, options)()[0];

function primeTesting(candidate, options = {}) {
  if (typeof candidate === 'bigint') {
    if (candidate < 0) throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "candidate" is out of range. It must be >= 0. Received ${candidate}n`);
    candidate = bytesOfInteger(candidate);
  } else if (!ArrayBuffer.isView(candidate) && !(candidate instanceof ArrayBuffer)) {
    throw invalidArgType('candidate', ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'], candidate);
  }
  checkObject(options, 'options');
  const { checks = 0 } = options;
  checkInteger(checks, 'options.checks', 0, INT32);
  const bytes = bytesOf(candidate, 'candidate').slice();
  return () => [native.isPrime(bytes, Math.max(checks, 20))];
}
function checkPrime(candidate, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkFunction(callback, 'callback');
  later(callback, primeTesting(candidate, options));
}
const checkPrimeSync = (candidate, options) => primeTesting(candidate, options)()[0];

module.exports = {
  generateKeyPair, generateKeyPairSync, generateKey, generateKeySync,
  generatePrime, generatePrimeSync, checkPrime, checkPrimeSync,
};
