// crypto over natives: what scripts use, with Node's checks. What is missing says so when it is called.
'use strict';
const { nodeError, invalidArgType, outOfRange, checkFunction, checkString, checkInteger } = require('internal/errors');
const { Buffer } = require('buffer');
const { normal } = require('internal/encodings');
const { buffer, bytesOf, output, openssl } = require('internal/crypto-bytes');
const { native } = host;

const MAX = 2 ** 31 - 1;
// Named through a variable so that the bundler leaves them to the table.
const load = (name) => require(name);

const finalized = () => nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
const invalidDigest = (name) => nodeError(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);

// What OpenSSL 3 knows by name and no longer does.
const UNSUPPORTED = /^(RSA-)?(md4|md2|mdc2|whirlpool)/i;
const unsupported = () => openssl('ERR_OSSL_EVP_UNSUPPORTED', 'digital envelope routines', 'unsupported', '0308010C');

class Digest {
  #parts = [];
  #done = false;
  get done() { return this.#done; }
  take() {
    this.#done = true;
    const parts = this.#parts;
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }
  add(data, encoding) {
    if (this.#done) throw finalized();
    if (typeof data === 'string') {
      if (normal(encoding) === 'hex' && data.length % 2 !== 0) {
        throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', `The argument 'encoding' is invalid for data of length ${data.length}. Received '${encoding}'`);
      }
      this.#parts.push(Buffer.from(data, normal(encoding) ?? 'utf8'));
    } else {
      this.#parts.push(bytesOf(data, 'data', ['string', 'Buffer', 'TypedArray', 'DataView']).slice());
    }
  }
  copy() {
    const copy = new Digest();
    copy.#parts = [...this.#parts];
    return copy;
  }
}

const hidden = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true });

/** What makes a Hash or Hmac usable as a stream's end: write, end, read, and `pipe` into it. */
class Sink extends require('events') {
  write(data, encoding) {
    this.update(data, encoding);
    return true;
  }
  end(data, encoding) {
    if (data !== undefined) this.update(data, encoding);
    hidden(this, '_result', this.digest());
    process.nextTick(() => {
      this.emit('readable');
      this.emit('data', this._result);
      this.emit('finish');
      this.emit('end');
    });
    return this;
  }
  read() {
    const result = this._result ?? null;
    this._result = null;
    return result;
  }
}

class Hash extends Sink {
  constructor(algorithm, options, state = new Digest()) {
    super();
    checkString(algorithm, 'algorithm');
    const size = native.hashBytes(algorithm);
    if (size === undefined) {
      if (UNSUPPORTED.test(algorithm)) throw unsupported();
      throw new Error('Digest method not supported');
    }
    const length = options?.outputLength;
    if (length !== undefined) checkInteger(length, 'outputLength', 0, 2 ** 32 - 1);
    if (length !== undefined && length !== size && !/^shake/i.test(algorithm)) {
      throw openssl('ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', 'digital envelope routines', 'not XOF or invalid length', '030000B2');
    }
    hidden(this, '_algorithm', algorithm);
    hidden(this, '_length', length ?? size);
    hidden(this, '_state', state);
    this._options = options;
  }
  copy(options) {
    if (this._state.done) throw finalized();
    return new Hash(this._algorithm, options ?? this._options, this._state.copy());
  }
  update(data, encoding) {
    this._state.add(data, encoding);
    return this;
  }
  digest(encoding) {
    if (this._state.done) throw finalized();
    return output(native.hash(this._algorithm, this._state.take(), this._length), encoding);
  }
}

class Hmac extends Sink {
  constructor(algorithm, key, options) {
    super();
    checkString(algorithm, 'hmac');
    const secret = bytesOf(key, 'key', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'KeyObject', 'CryptoKey'], options?.encoding);
    if (native.hashBytes(algorithm) === undefined) throw UNSUPPORTED.test(algorithm) ? unsupported() : invalidDigest(algorithm);
    hidden(this, '_algorithm', algorithm);
    hidden(this, '_key', secret.slice());
    hidden(this, '_state', new Digest());
    this._options = options;
  }
  update(data, encoding) {
    this._state.add(data, encoding);
    return this;
  }
  digest(encoding) {
    if (this._state.done) return encoding && encoding !== 'buffer' ? '' : Buffer.alloc(0);
    const code = native.hmac(this._algorithm, this._key, this._state.take());
    if (code === undefined) throw new Error('error:00000000:lib(0)::reason(0)');
    return output(code, encoding);
  }
}

/** Runs `work` in a later turn of the loop and hands the outcome to `callback`, as Node's thread pool does. */
function later(callback, work) {
  host.defer(() => {
    let value;
    try {
      value = work();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, value);
  });
}

function pbkdf2Job(password, salt, iterations, keylen, digest) {
  if (digest === undefined && host.compatible()) {
    // Before Node 8 a missing digest meant SHA-1; old scripts still leave it out (spec: real scripts §3).
    host.warn('pbkdf2_without_digest', "crypto.pbkdf2 without a digest is taken as SHA-1 here; Node 8 and later throw ERR_INVALID_ARG_TYPE: pass 'sha1'");
    digest = 'sha1';
  }
  checkString(digest, 'digest');
  const key = bytesOf(password, 'password').slice();
  const salted = bytesOf(salt, 'salt').slice();
  checkInteger(iterations, 'iterations', 1, MAX);
  checkInteger(keylen, 'keylen', 0, MAX);
  if (native.hashBytes(digest) === undefined) throw invalidDigest(digest);
  return () => buffer(host.span('hash', `pbkdf2 ${digest} ${iterations}`, () => native.pbkdf2(digest, key, salted, iterations, keylen)));
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  const job = pbkdf2Job(password, salt, iterations, keylen, digest);
  checkFunction(callback, 'callback');
  later(callback, job);
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  return pbkdf2Job(password, salt, iterations, keylen, digest)();
}

function scryptOptions(options) {
  const value = { N: 16384, r: 8, p: 1, maxmem: 32 << 20 };
  if (!options) return value;
  for (const [short, long] of [['N', 'cost'], ['r', 'blockSize'], ['p', 'parallelization']]) {
    const has = options[short] !== undefined;
    if (has) {
      value[short] = options[short];
      checkInteger(value[short], short, 0, 2 ** 32 - 1);
    }
    if (options[long] !== undefined) {
      if (has) throw nodeError(Error, 'ERR_CRYPTO_SCRYPT_INVALID_PARAMETER', 'Invalid scrypt parameter');
      value[short] = options[long];
      checkInteger(value[short], long, 0, 2 ** 32 - 1);
    }
  }
  if (options.maxmem !== undefined) {
    value.maxmem = options.maxmem;
    checkInteger(value.maxmem, 'maxmem', 0);
  }
  // Zero means the default, as in Node.
  return { N: value.N || 16384, r: value.r || 8, p: value.p || 1, maxmem: value.maxmem || 32 << 20 };
}

function scryptJob(password, salt, keylen, options) {
  const { N, r, p, maxmem } = scryptOptions(options);
  const key = bytesOf(password, 'password').slice();
  const salted = bytesOf(salt, 'salt').slice();
  checkInteger(keylen, 'keylen', 0, MAX);
  const logN = Math.log2(N);
  if (N < 2 || !Number.isInteger(logN) || p > (2 ** 30 - 1) / r || logN >= 16 * r) {
    throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', 'Invalid scrypt params');
  }
  if (128 * r * p + 32 * r * (N + 2) * 4 > maxmem) {
    throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', 'Invalid scrypt params: error:030000AC:digital envelope routines::memory limit exceeded');
  }
  return () => {
    const derived = host.span('hash', `scrypt ${N}`, () => native.scrypt(key, salted, logN, r, p, keylen));
    if (derived === undefined) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', 'Invalid scrypt params');
    return buffer(derived);
  };
}

function scrypt(password, salt, keylen, options, callback) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  const job = scryptJob(password, salt, keylen, options);
  checkFunction(callback, 'callback');
  later(callback, job);
}

const scryptSync = (password, salt, keylen, options) => scryptJob(password, salt, keylen, options)();

function randomBytes(size, callback) {
  if (typeof size !== 'number') throw invalidArgType('size', 'number', size);
  if (Number.isNaN(size) || size > MAX || size < 0) throw outOfRange('size', `>= 0 && <= ${MAX}`, size);
  if (callback === undefined) return buffer(native.randomBytes(Math.floor(size)));
  checkFunction(callback, 'callback');
  later(callback, () => buffer(native.randomBytes(Math.floor(size))));
  return undefined;
}

function randomFillSync(target, offset = 0, size = undefined) {
  if (!ArrayBuffer.isView(target) && !(target instanceof ArrayBuffer)) throw invalidArgType('buf', ['ArrayBuffer', 'ArrayBufferView'], target);
  const bytes = target instanceof ArrayBuffer ? new Uint8Array(target) : new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  checkInteger(offset, 'offset', 0, bytes.length);
  const length = size ?? bytes.length - offset;
  checkInteger(length, 'size', 0, MAX);
  if (length + offset > bytes.length) throw outOfRange('size + offset', `<= ${bytes.length}`, length + offset);
  bytes.set(native.randomBytes(length), offset);
  return target;
}

function randomFill(target, offset, size, callback) {
  const values = [target, offset, size, callback];
  const at = values.findIndex((value, index) => index > 0 && typeof value === 'function');
  if (at < 0) throw invalidArgType('callback', 'function', callback);
  later(values[at], () => randomFillSync(target, at > 1 ? offset : 0, at > 2 ? size : undefined));
}

function randomInt(min, max, callback) {
  const alone = max === undefined || typeof max === 'function';
  if (alone) {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) checkFunction(callback, 'callback');
  if (!Number.isSafeInteger(min)) throw invalidArgType('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw invalidArgType('max', 'a safe integer', max);
  if (max <= min) throw outOfRange('max', `greater than the value of "min" (${min})`, max);
  const range = max - min;
  if (range > 2 ** 48 - 1) throw outOfRange('max - min', `<= ${2 ** 48 - 1}`, range);
  const limit = 2 ** 48 - (2 ** 48 % range);
  const draw = () => {
    for (;;) {
      const value = buffer(native.randomBytes(6)).readUIntBE(0, 6);
      if (value < limit) return min + (value % range);
    }
  };
  if (callback === undefined) return draw();
  process.nextTick(callback, undefined, draw());
  return undefined;
}

function randomUUID(options) {
  if (options !== undefined) {
    if (options === null || typeof options !== 'object') throw invalidArgType('options', 'object', options);
    const { disableEntropyCache } = options;
    if (disableEntropyCache !== undefined && typeof disableEntropyCache !== 'boolean') {
      throw invalidArgType('options.disableEntropyCache', 'boolean', disableEntropyCache);
    }
  }
  const bytes = native.randomBytes(16);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return buffer(bytes).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function timingSafeEqual(left, right) {
  const view = (value, name) => {
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
  };
  const [a, b] = [view(left, 'buf1'), view(right, 'buf2')];
  if (a.length !== b.length) throw nodeError(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  return native.equal(a, b);
}

const HASHES = 'RSA-MD5 RSA-RIPEMD160 RSA-SHA1 RSA-SHA1-2 RSA-SHA224 RSA-SHA256 RSA-SHA3-224 RSA-SHA3-256 RSA-SHA3-384 RSA-SHA3-512 RSA-SHA384 RSA-SHA512 RSA-SHA512/224 RSA-SHA512/256 blake2b512 blake2s256 id-rsassa-pkcs1-v1_5-with-sha3-224 id-rsassa-pkcs1-v1_5-with-sha3-256 id-rsassa-pkcs1-v1_5-with-sha3-384 id-rsassa-pkcs1-v1_5-with-sha3-512 md5 md5-sha1 md5WithRSAEncryption ripemd ripemd160 ripemd160WithRSA rmd160 sha1 sha1WithRSAEncryption sha224 sha224WithRSAEncryption sha256 sha256WithRSAEncryption sha3-224 sha3-256 sha3-384 sha3-512 sha384 sha384WithRSAEncryption sha512 sha512-224 sha512-224WithRSAEncryption sha512-256 sha512-256WithRSAEncryption sha512WithRSAEncryption shake128 shake256 ssl3-md5 ssl3-sha1'.split(' ');

module.exports = {
  createHash: (algorithm, options) => new Hash(algorithm, options),
  createHmac: (algorithm, key, options) => new Hmac(algorithm, key, options),
  hash(algorithm, data, encoding = 'hex') {
    checkString(algorithm, 'algorithm');
    return new Hash(algorithm).update(data).digest(encoding);
  },
  getHashes: () => [...HASHES],
  pbkdf2, pbkdf2Sync, scrypt, scryptSync,
  randomBytes, pseudoRandomBytes: randomBytes, rng: randomBytes, prng: randomBytes, randomFill, randomFillSync, randomInt, randomUUID,
  timingSafeEqual,
  Hash, Hmac,
  constants: require('internal/crypto-constants'),
  getRandomValues: (target) => load('internal/crypto-web').webcrypto.getRandomValues(target),
  getFips: () => 0,
  setFips(on) {
    if (on) throw openssl('ERR_OSSL_CRYPTO_FIPS_MODE_NOT_SUPPORTED', 'common libcrypto routines', 'fips mode not supported', '0F06D065');
  },
  secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 0 }),
};

// Loaded when they are first used: most scripts only hash.
const pieces = {
  'internal/ciphers': ['Cipheriv', 'Decipheriv', 'createCipheriv', 'createDecipheriv', 'getCipherInfo', 'getCiphers'],
  'internal/crypto-agreement': ['DiffieHellman', 'DiffieHellmanGroup', 'ECDH', 'createDiffieHellman', 'createDiffieHellmanGroup', 'createECDH', 'diffieHellman', 'getCurves', 'getDiffieHellman'],
  'internal/crypto-derivation': ['hkdf', 'hkdfSync'],
  'internal/crypto-generation': ['checkPrime', 'checkPrimeSync', 'generateKey', 'generateKeyPair', 'generateKeyPairSync', 'generateKeySync', 'generatePrime', 'generatePrimeSync'],
  'internal/crypto-web': ['subtle', 'webcrypto'],
  'internal/keys': ['KeyObject', 'createPrivateKey', 'createPublicKey', 'createSecretKey'],
  'internal/signatures': ['Sign', 'Verify', 'createSign', 'createVerify', 'sign', 'verify'],
  'internal/rsa-encryption': ['privateDecrypt', 'privateEncrypt', 'publicDecrypt', 'publicEncrypt'],
};
for (const [piece, names] of Object.entries(pieces)) {
  for (const name of names) {
    Object.defineProperty(module.exports, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = load(piece)[name];
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
        return value;
      },
    });
  }
}

// Node 22 has lost these two; what scripts on an older one encrypted is still in their stores.
if (host.compatible() || host.profile() !== '22') {
  for (const name of ['createCipher', 'createDecipher']) {
    module.exports[name] = { [name]: (...values) => load('internal/ciphers')[name](...values) }[name];
  }
}

for (const name of ['Certificate', 'X509Certificate', 'setEngine']) {
  module.exports[name] = { [name]: function absent() {
    throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `crypto.${name} is not available in Sluice; crypto.createPublicKey reads the key of a certificate`);
  } }[name];
}
