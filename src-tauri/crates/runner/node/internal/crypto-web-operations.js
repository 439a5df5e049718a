// What keys of the Web Crypto API do: ciphers, signatures, derived bits.
'use strict';
const { Buffer } = require('buffer');
const { nodeError } = require('internal/errors');
const { buffer } = require('internal/crypto-bytes');
const { contentOf } = require('internal/keys');
const { fault } = require('internal/crypto-web-arguments');
const { keyObjectOf } = require('internal/crypto-web-key');
const { failed } = require('internal/crypto-web-keys');
const { native } = host;

const invalid = () => fault('The requested operation is not valid for the provided key', 'InvalidAccessError');
const whole = (bytes) => new Uint8Array(bytes).buffer;
const digestOf = (hash) => hash.name.replace('-', '').toLowerCase();
const contentFor = (key) => contentOf(keyObjectOf(key));

function attempt(work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof DOMException ? error : failed(error);
  }
}

function checkLength(bytes, name, length) {
  if (bytes.length !== length) throw fault(`${name} must contain exactly ${length} bytes`, 'OperationError');
}

/** Both ways of a cipher of Node's, with what is behind its name. */
function through(encrypts, name, secret, iv, data, prepare = () => {}) {
  const { createCipheriv, createDecipheriv } = require('internal/ciphers');
  const cipher = (encrypts ? createCipheriv : createDecipheriv)(name, secret, iv);
  prepare(cipher);
  return [Buffer.concat([cipher.update(data), cipher.final()]), cipher];
}

function gcm(encrypts, name, secret, data, { iv, additionalData, tagLength = 128 }) {
  if (![32, 64, 96, 104, 112, 120, 128].includes(tagLength)) throw fault(`${tagLength} is not a valid AES-GCM tag length`, 'OperationError');
  const size = tagLength / 8;
  if (!encrypts && data.length < size) throw fault('The provided data is too small.', 'OperationError');
  const text = encrypts ? data : data.subarray(0, data.length - size);
  const [made, cipher] = through(encrypts, name, secret, iv, text, (one) => {
    if (additionalData !== undefined) one.setAAD(additionalData);
    if (!encrypts) one.setAuthTag(data.subarray(data.length - size));
  });
  return encrypts ? Buffer.concat([made, cipher.getAuthTag().subarray(0, size)]) : made;
}

/** CTR whose counter is the last `length` bits: past its end it begins again at zero, the bits before it stay. */
function counting(encrypts, name, secret, data, { counter, length }) {
  if (length === 0 || length > 128) throw fault('AES-CTR algorithm.length must be between 1 and 128', 'OperationError');
  const limit = 1n << BigInt(length);
  const start = BigInt(`0x${buffer(counter).toString('hex')}`);
  const blocks = BigInt(Math.ceil(data.length / 16));
  if (blocks > limit) throw fault('The counter would repeat', 'OperationError');
  const left = limit - (start % limit);
  if (blocks <= left) return through(encrypts, name, secret, counter, data)[0];
  const split = Number(left) * 16;
  const again = Buffer.from(((start / limit) * limit).toString(16).padStart(32, '0'), 'hex');
  return Buffer.concat([through(encrypts, name, secret, counter, data.subarray(0, split))[0], through(encrypts, name, secret, again, data.subarray(split))[0]]);
}

function keyWrapping(encrypts, secret, data) {
  const { wrap, unwrap, fits } = require('internal/crypto-key-wrap');
  if (!fits(data.length, !encrypts)) throw new Error('error:1C80006E:Provider routines::invalid input length');
  const made = (encrypts ? wrap : unwrap)(secret, Buffer.alloc(8, 0xA6), data);
  if (made === undefined) throw new Error('Cipher job failed');
  return made;
}

function oaep(encrypts, key, data, { label }) {
  if (key.type !== (encrypts ? 'public' : 'private')) throw invalid();
  const { publicEncrypt, privateDecrypt } = require('internal/rsa-encryption');
  const options = { key: keyObjectOf(key), oaepHash: digestOf(key.algorithm.hash), oaepLabel: label };
  return encrypts ? publicEncrypt(options, data) : privateDecrypt(options, data);
}

/** Encrypts or decrypts; `usage` is what the key has to be for. */
function cipher(encrypts, algorithm, key, data, usage) {
  const { name } = algorithm;
  if (key.algorithm.name !== name || !key.usages.includes(usage)) throw invalid();
  if (name === 'RSA-OAEP') return whole(attempt(() => oaep(encrypts, key, data, algorithm)));
  const secret = contentFor(key);
  const node = `aes-${secret.length * 8}-${name.slice(4).toLowerCase()}`;
  if (name === 'AES-CBC') checkLength(algorithm.iv, 'algorithm.iv', 16);
  if (name === 'AES-CTR') checkLength(algorithm.counter, 'algorithm.counter', 16);
  return whole(attempt(() => {
    if (name === 'AES-GCM') return gcm(encrypts, node, secret, data, algorithm);
    if (name === 'AES-CTR') return counting(encrypts, node, secret, data, algorithm);
    return name === 'AES-KW' ? keyWrapping(encrypts, secret, data) : through(encrypts, node, secret, algorithm.iv, data)[0];
  }));
}

/** The signature of `data`, or with one whether it is right. */
function signature(algorithm, key, data, claimed) {
  const { name } = algorithm;
  const usage = claimed === undefined ? 'sign' : 'verify';
  if (!key.usages.includes(usage) || name !== key.algorithm.name) throw fault(`Unable to use this key to ${usage}`, 'InvalidAccessError');
  if (name === 'HMAC') {
    const code = native.hmac(digestOf(key.algorithm.hash), contentFor(key), data);
    if (claimed === undefined) return whole(code);
    return code.length === claimed.length && native.equal(code, claimed);
  }
  const type = claimed === undefined ? 'private' : 'public';
  if (key.type !== type) throw fault(`Key must be a ${type} key`, 'InvalidAccessError');
  return attempt(() => {
    const hash = name === 'ECDSA' ? algorithm.hash : key.algorithm.hash;
    const options = { digest: hash && digestOf(hash), pss: name === 'RSA-PSS', saltLength: saltOf(algorithm, key), plain: name === 'ECDSA' };
    const made = claimed === undefined ? native.sign(contentFor(key), data, options) : native.verify(contentFor(key), data, claimed, options);
    if (typeof made === 'string') throw new Error(made);
    return claimed === undefined ? whole(made) : made;
  });
}

function saltOf({ name, saltLength }, key) {
  if (name !== 'RSA-PSS') return -2;
  const { modulusLength, hash } = key.algorithm;
  const most = Math.ceil((modulusLength - 1) / 8) - native.hashBytes(hash.name) - 2;
  if (saltLength > most) throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "algorithm.saltLength" is out of range. It must be >= 0 && <= ${most}. Received ${saltLength}`);
  return saltLength;
}

function agreed({ public: other }, key, length) {
  if (other.type !== 'public') throw fault('algorithm.public must be a public key', 'InvalidAccessError');
  if (key.type !== 'private') throw fault('baseKey must be a private key', 'InvalidAccessError');
  if (!['ECDH', 'X25519'].includes(other.algorithm.name)) throw fault('Keys must be ECDH, X25519, or X448 keys', 'InvalidAccessError');
  if (other.algorithm.name !== key.algorithm.name) throw fault('The public and private keys must be of the same type', 'InvalidAccessError');
  if (other.algorithm.namedCurve !== key.algorithm.namedCurve) throw fault('Named curve mismatch', 'InvalidAccessError');
  const bits = native.agree(contentFor(key), contentFor(other));
  if (typeof bits === 'string') throw failed(new Error(bits));
  if (length === null) return whole(bits);
  const size = Math.ceil(length / 8);
  if (bits.length < size) throw fault('derived bit length is too small', 'OperationError');
  const cut = bits.slice(0, size);
  if (length % 8 !== 0) cut[size - 1] &= 0xFF << (8 - (length % 8));
  return whole(cut);
}

/** `length` bits from a key, or as many as there are where it is null and that has a meaning. */
function derivedBits(algorithm, key, length) {
  const { name, hash, salt, info, iterations } = algorithm;
  if (name === 'ECDH' || name === 'X25519') return agreed(algorithm, key, length);
  if (iterations === 0) throw fault('iterations cannot be zero', 'OperationError');
  if (length === 0) return new ArrayBuffer(0);
  if (length === null) throw fault('length cannot be null', 'OperationError');
  if (length % 8) throw fault('length must be a multiple of 8', 'OperationError');
  const digest = digestOf(hash);
  const secret = contentFor(key);
  return attempt(() => {
    if (name === 'HKDF') return require('internal/crypto-derivation').hkdfSync(digest, secret, salt, info, length / 8);
    return whole(host.span('hash', `pbkdf2 ${digest} ${iterations}`, () => native.pbkdf2(digest, secret, salt, iterations, length / 8)));
  });
}

const BLOCKS = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };
/** The bits a key of that algorithm takes. */
function keyLength({ name, length, hash }) {
  if (name === 'HKDF' || name === 'PBKDF2') return null;
  if (name === 'HMAC') {
    if (length === undefined) return BLOCKS[hash.name];
    if (length !== 0) return length;
  } else if ([128, 192, 256].includes(length)) {
    return length;
  }
  throw fault('Invalid key length', 'OperationError');
}

module.exports = { cipher, derivedBits, keyLength, signature };
