// Secrets that two sides come to: ECDH, Diffie-Hellman with numbers, and diffieHellman over KeyObjects.
'use strict';
const { Buffer } = require('buffer');
const { nodeError, invalidArgType, invalidArgValue, checkInteger, checkString } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { KeyObject, contentOf } = require('internal/keys');
const { groupPrime, groupNames } = require('internal/crypto-groups');
const { native } = host;

const CURVES = ['prime256v1', 'secp256k1', 'secp384r1', 'secp521r1'];
const absent = (what) => nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} not available in Sluice`);
const invalidPublicKey = () => nodeError(Error, 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', 'Public key is not valid for specified curve');
const written = (bytes, encoding) => (encoding && encoding !== 'buffer' ? buffer(bytes).toString(encoding) : buffer(bytes));
const read = (value, name, encoding) => bytesOf(value, name, undefined, encoding);

function checkCurve(curve) {
  checkString(curve, 'curve');
  const known = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[curve] ?? curve;
  if (CURVES.includes(known)) return known;
  if (/^(secp|sect|prime|brainpool|c2|wap|Oakley|SM2|B-|K-)/.test(curve)) throw absent(`The curve ${curve} is`);
  throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
}

/** A point as the format says. */
function pointAs(curve, point, format) {
  if (format && !['compressed', 'hybrid', 'uncompressed'].includes(format)) {
    throw nodeError(TypeError, 'ERR_CRYPTO_ECDH_INVALID_FORMAT', `Invalid ECDH format: ${format}`);
  }
  const made = native.curvePointAs(curve, point, format === 'compressed');
  if (format === 'hybrid') made[0] = 6 + (made[made.length - 1] & 1);
  return made;
}

/** A point read in any form, as the uncompressed one; nothing when it is not on the curve. */
function readPoint(curve, bytes) {
  const hybrid = bytes[0] === 6 || bytes[0] === 7;
  const point = native.curvePointAs(curve, hybrid ? Uint8Array.of(4, ...bytes.subarray(1)) : bytes, false);
  return hybrid && point !== undefined && bytes[0] !== 6 + (point[point.length - 1] & 1) ? undefined : point;
}

class EcdhExchange {
  #curve;
  #secret;
  #point;
  constructor(curve) { this.#curve = checkCurve(curve); }
  generateKeys(encoding, format) {
    this.#secret = native.curveSecret(this.#curve);
    this.#point = native.curvePoint(this.#curve, this.#secret);
    return this.getPublicKey(encoding, format);
  }
  computeSecret(key, inputEncoding, outputEncoding) {
    const other = readPoint(this.#curve, read(key, 'key', inputEncoding));
    if (other === undefined) throw invalidPublicKey();
    const shared = this.#secret && native.curveAgree(this.#curve, this.#secret, other);
    if (shared === undefined) throw nodeError(Error, 'ERR_CRYPTO_INVALID_KEYPAIR', 'Invalid key pair');
    return written(shared, outputEncoding);
  }
  getPublicKey(encoding, format) {
    if (this.#point === undefined) throw nodeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to get ECDH public key');
    return written(pointAs(this.#curve, this.#point, format), encoding);
  }
  getPrivateKey(encoding) {
    if (this.#secret === undefined) throw nodeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to get ECDH private key');
    // A number, so without leading zeros.
    return written(this.#secret.slice(this.#secret.findIndex((byte) => byte !== 0)), encoding);
  }
  setPrivateKey(key, encoding) {
    const given = read(key, 'key', encoding);
    const size = native.curveSecret(this.#curve).length;
    // A number may come without its leading zeros, and with more of them.
    const number = given.subarray(Math.max(given.findIndex((byte) => byte !== 0), 0));
    const secret = new Uint8Array(size);
    const fits = number.length <= size;
    if (fits) secret.set(number, size - number.length);
    const point = fits ? native.curvePoint(this.#curve, secret) : undefined;
    if (point === undefined) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYTYPE', 'Private key is not valid for specified curve.');
    this.#secret = secret;
    this.#point = point;
    return this;
  }
  setPublicKey(key, encoding) {
    const point = readPoint(this.#curve, read(key, 'key', encoding));
    if (point === undefined) throw nodeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to convert Buffer to EC_POINT');
    this.#point = point;
    return this;
  }
}

function convertKey(key, curve, inputEncoding, outputEncoding, format) {
  checkString(curve, 'curve');
  const bytes = read(key, 'key', inputEncoding);
  const name = checkCurve(curve);
  const point = readPoint(name, bytes);
  if (point === undefined) throw nodeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to convert Buffer to EC_POINT');
  return written(pointAs(name, point, format), outputEncoding);
}

const hexOf = (bytes) => buffer(bytes).toString('hex').replace(/^0+(?=.)/, '') || '0';
const fromHex = (text) => Buffer.from(text.padStart(text.length + (text.length % 2), '0'), 'hex');

/** Diffie-Hellman modulo a prime. */
class NumberExchange {
  #prime;
  #generator;
  #secret;
  #open;
  constructor(prime, generator) {
    this.#prime = prime;
    this.#generator = generator;
    Object.defineProperty(this, 'verifyError', { enumerable: true, value: checked(prime, generator), writable: false });
  }
  generateKeys(encoding) {
    if (this.#secret === undefined) this.#secret = native.randomBytes(Math.min(this.#prime.length, 64));
    this.#open = filled(native.modPow(hexOf(this.#generator), hexOf(this.#secret), hexOf(this.#prime)), this.#prime.length);
    return written(this.#open, encoding);
  }
  computeSecret(key, inputEncoding, outputEncoding) {
    const other = BigInt(`0x0${hexOf(read(key, 'key', inputEncoding))}`);
    const prime = BigInt(`0x${hexOf(this.#prime)}`);
    if (other <= 1n) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Supplied key is too small');
    if (other >= prime - 1n) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Supplied key is too large');
    if (this.#secret === undefined) throw openssl('ERR_OSSL_DH_NO_PRIVATE_VALUE', 'Diffie-Hellman routines', 'no private value', '02800064');
    return written(filled(native.modPow(other.toString(16), hexOf(this.#secret), hexOf(this.#prime)), this.#prime.length), outputEncoding);
  }
  getPrime(encoding) { return written(this.#prime.slice(), encoding); }
  getGenerator(encoding) { return written(this.#generator.slice(), encoding); }
  getPublicKey(encoding) {
    if (this.#open === undefined) throw nodeError(Error, 'ERR_CRYPTO_INVALID_STATE', 'No public key - did you forget to generate one?');
    return written(this.#open.slice(), encoding);
  }
  getPrivateKey(encoding) {
    if (this.#secret === undefined) throw nodeError(Error, 'ERR_CRYPTO_INVALID_STATE', 'No private key - did you forget to generate one?');
    return written(this.#secret.slice(), encoding);
  }
  static set(exchange, part, value) {
    if (part === 'open') exchange.#open = value;
    else exchange.#secret = value;
  }
}
const { set } = NumberExchange;
delete NumberExchange.set;

const filled = (hex, size) => { const bytes = fromHex(hex); return bytes.length >= size ? bytes : Buffer.concat([Buffer.alloc(size - bytes.length), bytes]); };

/** OpenSSL's flags for a pair: 1 no prime, 2 no safe prime, 8 no suitable generator. */
function checked(prime, generator) {
  const number = BigInt(`0x0${hexOf(prime)}`);
  const start = BigInt(`0x0${hexOf(generator)}`);
  if (groupNames.some((name) => groupPrime(name).length === prime.length && groupPrime(name).equals(prime))) return 0;
  const half = fromHex(((number - 1n) / 2n).toString(16));
  let flags = start <= 1n || start >= number - 1n ? 8 : 0;
  if (!native.isPrime(prime, 20)) flags |= 1;
  else if (!native.isPrime(half, 20)) flags |= 2;
  return flags;
}

class NumberExchangeWithKeys extends NumberExchange {
  setPublicKey(key, encoding) {
    set(this, 'open', read(key, 'key', encoding).slice());
    return this;
  }
  setPrivateKey(key, encoding) {
    set(this, 'secret', read(key, 'key', encoding).slice());
    return this;
  }
}

function createDiffieHellman(sizeOrPrime, primeEncoding, generator, generatorEncoding) {
  if (typeof sizeOrPrime !== 'number' && typeof sizeOrPrime !== 'string' && !ArrayBuffer.isView(sizeOrPrime) && !(sizeOrPrime instanceof ArrayBuffer)) {
    throw invalidArgType('sizeOrKey', ['number', 'string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], sizeOrPrime);
  }
  if (primeEncoding && !Buffer.isEncoding(primeEncoding) && primeEncoding !== 'buffer') {
    generatorEncoding = generator;
    generator = primeEncoding;
    primeEncoding = undefined;
  }
  let start = Uint8Array.of(2);
  if (typeof generator === 'number') {
    checkInteger(generator, 'generator', -(2 ** 31), 2 ** 31 - 1);
    if (generator <= 1) throw openssl('ERR_OSSL_DH_BAD_GENERATOR', 'Diffie-Hellman routines', 'bad generator', '02800065');
    start = fromHex(generator.toString(16));
  } else if (generator) {
    start = read(generator, 'generator', generatorEncoding).slice();
  }
  if (typeof sizeOrPrime === 'number') {
    checkInteger(sizeOrPrime, 'sizeOrKey', -(2 ** 31), 2 ** 31 - 1);
    if (sizeOrPrime < 2) throw openssl('ERR_OSSL_BN_BITS_TOO_SMALL', 'bignum routines', 'bits too small', '01800076');
    if (sizeOrPrime < 512) throw openssl('ERR_OSSL_DH_MODULUS_TOO_SMALL', 'Diffie-Hellman routines', 'modulus too small', '0280007E');
    const prime = host.span('hash', `prime ${sizeOrPrime}`, () => native.generatePrime(sizeOrPrime, true));
    return new NumberExchangeWithKeys(prime, start);
  }
  return new NumberExchangeWithKeys(read(sizeOrPrime, 'sizeOrKey', primeEncoding).slice(), start);
}

function createDiffieHellmanGroup(name) {
  checkString(name, 'name');
  if (!groupNames.includes(name)) throw nodeError(Error, 'ERR_CRYPTO_UNKNOWN_DH_GROUP', 'Unknown DH group');
  return new NumberExchange(groupPrime(name), Uint8Array.of(2));
}

function diffieHellman(options) {
  if (options === null || typeof options !== 'object') throw invalidArgType('options', 'object', options);
  const { privateKey, publicKey } = options;
  if (!(privateKey instanceof KeyObject)) throw invalidArgValue('options.privateKey', privateKey);
  if (!(publicKey instanceof KeyObject)) throw invalidArgValue('options.publicKey', publicKey);
  const wrong = (type, expected) => nodeError(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${type}, expected ${expected}.`);
  if (privateKey.type !== 'private') throw wrong(privateKey.type, 'private');
  if (publicKey.type === 'secret') throw wrong(publicKey.type, 'private or public');
  const [own, other] = [privateKey.asymmetricKeyType, publicKey.asymmetricKeyType];
  if (own !== other || !['ec', 'x25519'].includes(own)) {
    throw nodeError(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY', `Incompatible key types for Diffie-Hellman: ${own} and ${other}`);
  }
  const point = publicKey.type === 'private' ? native.publicOf(contentOf(publicKey)) : contentOf(publicKey);
  const shared = native.agree(contentOf(privateKey), point);
  if (shared === 'different parameters') throw openssl('ERR_OSSL_MISMATCHING_DOMAIN_PARAMETERS', 'Provider routines', 'mismatching domain parameters', '1C8000CB');
  if (typeof shared === 'string') throw openssl('ERR_OSSL_FAILED_DURING_DERIVATION', 'Provider routines', shared, '1C800067');
  return buffer(shared);
}

/** The class under Node's name, which also works without `new`. */
function named(Class, constructor) {
  constructor.prototype = Class.prototype;
  Object.defineProperty(Class.prototype, 'constructor', { value: constructor, writable: true, configurable: true });
  return constructor;
}
const ECDH = named(EcdhExchange, function ECDH(curve) { return new EcdhExchange(curve); });
ECDH.convertKey = convertKey;

module.exports = {
  ECDH,
  DiffieHellmanGroup: named(NumberExchange, function DiffieHellmanGroup(name) { return createDiffieHellmanGroup(name); }),
  DiffieHellman: named(NumberExchangeWithKeys, function DiffieHellman(...values) { return createDiffieHellman(...values); }),
  createECDH: (curve) => new EcdhExchange(curve),
  createDiffieHellman,
  createDiffieHellmanGroup,
  getDiffieHellman: createDiffieHellmanGroup,
  diffieHellman,
  getCurves: () => [...CURVES],
};
