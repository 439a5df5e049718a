// createSign, createVerify, sign and verify.
'use strict';
const { Writable } = require('stream');
const { nodeError, invalidArgValue, checkFunction, checkString } = require('internal/errors');
const { buffer, bytesOf, output, openssl } = require('internal/crypto-bytes');
const { derOf } = require('internal/keys');
const constants = require('internal/crypto-constants');
const { Buffer } = require('buffer');
const { native } = host;

const BYTES = ['Buffer', 'TypedArray', 'DataView'];
const invalidDigest = (text) => nodeError(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', text);
const notInitialised = () => nodeError(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
const keyRequired = () => nodeError(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');

const REFUSALS = {
  'operation not supported for this keytype': () => openssl('ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE', 'digital envelope routines', 'operation not supported for this keytype', '03000096'),
  'invalid digest': () => openssl('ERR_OSSL_INVALID_DIGEST', 'Provider routines', 'invalid digest', '1C80007A'),
  'data too large for key size': () => openssl('ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE', 'rsa routines', 'data too large for key size', '0200006E'),
  'digest too big for rsa key': () => openssl('ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY', 'rsa routines', 'digest too big for rsa key', '02000070'),
};
const badPadding = () => openssl('ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE', 'Provider routines', 'illegal or unsupported padding mode', '1C8000A5');

/** What a native answered, unless it was a refusal. */
function unlessRefused(answer) {
  if (typeof answer === 'string') throw (REFUSALS[answer] ?? (() => new Error(answer)))();
  return answer;
}

function integer(key, name) {
  const value = key?.[name];
  if (value !== undefined && value !== value >> 0) throw invalidArgValue(`options.${name}`, value);
  return value;
}

/** How the key's options want the signature. */
function manner(key, digest, kind) {
  const padding = integer(key, 'padding');
  const saltLength = integer(key, 'saltLength') ?? constants.RSA_PSS_SALTLEN_AUTO;
  const encoding = key?.dsaEncoding;
  if (encoding !== undefined && encoding !== 'der' && encoding !== 'ieee-p1363') throw invalidArgValue('options.dsaEncoding', encoding);
  const pss = padding === constants.RSA_PKCS1_PSS_PADDING;
  if (kind === 'rsa' && padding !== undefined && padding !== constants.RSA_PKCS1_PADDING && !pss) throw badPadding();
  return { digest, pss, saltLength, plain: encoding === 'ieee-p1363' };
}


/** The work of signing, with the key already read. */
function signing(digest, data, key) {
  const der = derOf(key, 'sign');
  const options = manner(key, digest, native.keyKind(der, true));
  return () => buffer(unlessRefused(native.sign(der, data, options)));
}
function verifying(digest, data, key, signature) {
  const der = derOf(key, 'verify');
  const options = manner(key, digest, native.keyKind(der, false));
  return () => unlessRefused(native.verify(der, data, signature, options));
}

/** Gathers what is written, and gives it away once. */
class Gathering extends Writable {
  #parts = [];
  #digest;
  constructor(algorithm, options) {
    checkString(algorithm, 'algorithm');
    if (native.hashBytes(algorithm) === undefined) throw invalidDigest('Invalid digest');
    super(options);
    this.#digest = algorithm;
  }
  update(data, encoding) {
    const bytes = bytesOf(data, 'data', ['string', ...BYTES], encoding);
    if (this.#parts === undefined) throw notInitialised();
    this.#parts.push(bytes.slice());
    return this;
  }
  _write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }
  /** Ed25519 digests by itself, so what was gathered for another digest is nothing to it. */
  _finish(kind) {
    if (this.#parts === undefined) throw notInitialised();
    const data = Buffer.concat(this.#parts);
    this.#parts = undefined;
    if (kind === 'ed25519') throw nodeError(Error, 'ERR_CRYPTO_UNSUPPORTED_OPERATION', 'Unsupported crypto operation');
    return { digest: this.#digest, data };
  }
}

class Sign extends Gathering {
  sign(key, encoding) {
    if (!key) throw keyRequired();
    const { digest, data } = this._finish(native.keyKind(derOf(key, 'sign'), true));
    return output(signing(digest, data, key)(), encoding);
  }
}
class Verify extends Gathering {
  verify(key, signature, encoding) {
    const spki = derOf(key, 'verify');
    const bytes = bytesOf(signature, 'signature', undefined, encoding);
    const { digest, data } = this._finish(native.keyKind(spki, false));
    return verifying(digest, data, key, bytes)();
  }
}

/** Does `work` at once, or later for a callback. */
function now(callback, work) {
  if (callback === undefined) return work();
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
  return undefined;
}

function checkAlgorithm(algorithm) {
  if (algorithm == null) return undefined;
  checkString(algorithm, 'algorithm');
  if (native.hashBytes(algorithm) === undefined) throw invalidDigest(`Invalid digest: ${algorithm}`);
  return algorithm;
}

function sign(algorithm, data, key, callback) {
  if (algorithm != null) checkString(algorithm, 'algorithm');
  if (callback !== undefined) checkFunction(callback, 'callback');
  const bytes = bytesOf(data, 'data').slice();
  if (!key) throw keyRequired();
  const digest = checkAlgorithm(algorithm);
  return now(callback, signing(digest, bytes, key));
}

function verify(algorithm, data, key, signature, callback) {
  if (algorithm != null) checkString(algorithm, 'algorithm');
  if (callback !== undefined) checkFunction(callback, 'callback');
  const bytes = bytesOf(data, 'data').slice();
  const claimed = bytesOf(signature, 'signature', BYTES).slice();
  const digest = checkAlgorithm(algorithm);
  return now(callback, verifying(digest, bytes, key, claimed));
}

module.exports = {
  Sign,
  Verify,
  createSign: (algorithm, options) => new Sign(algorithm, options),
  createVerify: (algorithm, options) => new Verify(algorithm, options),
  sign,
  verify,
};
