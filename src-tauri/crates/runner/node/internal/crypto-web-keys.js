// Keys of the Web Crypto API: made, read and written.
'use strict';
const { Buffer } = require('buffer');
const { buffer } = require('internal/crypto-bytes');
const { contentOf, createPrivateKey, createPublicKey, secretOf } = require('internal/keys');
const { fault } = require('internal/crypto-web-arguments');
const { cryptoKey, keyObjectOf } = require('internal/crypto-web-key');
const { native } = host;

const CURVES = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
const WIDTHS = { 'P-256': 65, 'P-384': 97, 'P-521': 133 };
const KIND = {
  'RSASSA-PKCS1-v1_5': 'rsa', 'RSA-PSS': 'rsa', 'RSA-OAEP': 'rsa', ECDSA: 'ec', ECDH: 'ec', Ed25519: 'edwards', X25519: 'edwards',
  'AES-CTR': 'aes', 'AES-CBC': 'aes', 'AES-GCM': 'aes', 'AES-KW': 'aes', HMAC: 'hmac', HKDF: 'generic', PBKDF2: 'generic',
};
const DERIVE = ['deriveKey', 'deriveBits'];
// What the halves of a pair may be used for, or a key that is one.
const USAGES = {
  'RSASSA-PKCS1-v1_5': [['verify'], ['sign']], 'RSA-PSS': [['verify'], ['sign']], ECDSA: [['verify'], ['sign']], Ed25519: [['verify'], ['sign']],
  'RSA-OAEP': [['encrypt', 'wrapKey'], ['decrypt', 'unwrapKey']], ECDH: [[], DERIVE], X25519: [[], DERIVE],
};
const secretUsages = (name) => (KIND[name] === 'hmac' ? ['sign', 'verify'] : ['wrapKey', 'unwrapKey', ...(name === 'AES-KW' ? [] : ['encrypt', 'decrypt'])]);
const BLOCKS = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };
const SIGNERS = { ECDSA: 'sig', ECDH: 'enc', Ed25519: 'sig', X25519: 'enc', 'RSA-OAEP': 'enc', HMAC: 'sig' };

const unusable = (label) => fault(`Unsupported key usage for ${label} key`, 'SyntaxError');
function checkUsages(usages, allowed, label) {
  if (usages.some((usage) => !allowed.includes(usage))) throw unusable(label);
}
const failed = (cause) => fault('The operation failed for an operation-specific reason', 'OperationError', cause);
const invalid = (cause) => fault('Invalid keyData', 'DataError', cause);

/** The exponent as a number of 32 bits. */
function exponentOf(bytes) {
  const digits = bytes.subarray(Math.max(bytes.length - 4, 0));
  if (bytes.subarray(0, bytes.length - digits.length).some((byte) => byte !== 0)) {
    throw fault('The publicExponent must be equivalent to an unsigned 32-bit value', 'OperationError');
  }
  return digits.reduce((number, byte) => number * 256 + byte, 0);
}

function generated(algorithm) {
  const { generateKeyPairSync } = require('internal/crypto-generation');
  const { name, modulusLength, publicExponent, namedCurve } = algorithm;
  try {
    if (KIND[name] === 'rsa') return generateKeyPairSync('rsa', { modulusLength, publicExponent: exponentOf(publicExponent) });
    return KIND[name] === 'ec' ? generateKeyPairSync('ec', { namedCurve }) : generateKeyPairSync(name.toLowerCase());
  } catch (error) {
    throw error instanceof DOMException ? error : failed(error);
  }
}

function generatePair(algorithm, extractable, usages) {
  const { name } = algorithm;
  const [open, secret] = USAGES[name];
  if (KIND[name] === 'ec' && !Object.hasOwn(CURVES, algorithm.namedCurve)) throw fault('Unrecognized namedCurve', 'NotSupportedError');
  if (KIND[name] === 'rsa') exponentOf(algorithm.publicExponent);
  checkUsages(usages, [...open, ...secret], KIND[name] === 'rsa' ? 'a RSA' : `an ${name}`);
  const pair = generated(algorithm);
  const { modulusLength, publicExponent, namedCurve, hash } = algorithm;
  const shown = {
    rsa: () => ({ name, modulusLength, publicExponent, hash: { name: hash?.name } }), ec: () => ({ name, namedCurve }), edwards: () => ({ name }),
  }[KIND[name]]();
  const both = (allowed) => allowed.filter((usage) => usages.includes(usage));
  const publicKey = cryptoKey(pair.publicKey, shown, both(open), true);
  const privateKey = cryptoKey(pair.privateKey, shown, both(secret), extractable);
  const made = Object.create(null);
  // In the order Node has for each.
  return KIND[name] === 'edwards' ? Object.assign(made, { privateKey, publicKey }) : Object.assign(made, { publicKey, privateKey });
}

function generateSecret(algorithm, extractable, usages) {
  const { name, hash } = algorithm;
  let { length } = algorithm;
  if (name === 'HMAC') {
    length ??= BLOCKS[hash.name];
    if (length === 0) throw fault('Zero-length key is not supported', 'OperationError');
    checkUsages(usages, secretUsages(name), 'an HMAC');
    const shown = { name, length, hash: { name: hash.name } };
    return cryptoKey(secretOf(native.randomBytes(Math.floor(length / 8))), shown, [...new Set(usages)], extractable);
  }
  if (![128, 192, 256].includes(length)) throw fault('AES key length must be 128, 192, or 256 bits', 'OperationError');
  checkUsages(usages, secretUsages(name), 'an AES');
  return cryptoKey(secretOf(native.randomBytes(length / 8)), { name, length }, [...new Set(usages)], extractable);
}

function generateKey(algorithm, extractable, usages) {
  const made = Object.hasOwn(USAGES, algorithm.name) ? generatePair(algorithm, extractable, usages) : generateSecret(algorithm, extractable, usages);
  if ((made.privateKey ?? made).usages.length === 0) throw fault('Usages cannot be empty when creating a key.', 'SyntaxError');
  return made;
}

/** What a JWK says besides the key itself. */
function checkJwk(jwk, kty, name, extractable, usages, checkUse) {
  if (!jwk.kty) throw fault('Invalid keyData', 'DataError');
  if (jwk.kty !== kty) throw fault('Invalid JWK "kty" Parameter', 'DataError');
  if (kty === 'EC' || kty === 'OKP' || kty === 'RSA') checkUse();
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== (SIGNERS[name] ?? (KIND[name] === 'aes' ? 'enc' : 'sig'))) {
    throw fault('Invalid JWK "use" Parameter', 'DataError');
  }
  if (jwk.key_ops !== undefined) {
    if (new Set(jwk.key_ops).size !== jwk.key_ops.length) throw fault('Duplicate key operation', 'DataError');
    if (usages.some((usage) => !jwk.key_ops.includes(usage))) throw fault('Key operations and usage mismatch', 'DataError');
  }
  if (jwk.ext === false && extractable) throw fault('JWK "ext" Parameter and extractable mismatch', 'DataError');
}
function checkAlgorithm(jwk, expected) {
  if (jwk.alg !== undefined && ![].concat(expected).includes(jwk.alg)) throw fault('JWK "alg" does not match the requested algorithm', 'DataError');
}

const bitsOf = (hash) => hash.name.slice(4);
/** A JWK's `alg` for a key of that algorithm. */
function jwkName({ name, hash, length }) {
  switch (name) {
    case 'RSASSA-PKCS1-v1_5': return `RS${bitsOf(hash)}`;
    case 'RSA-PSS': return `PS${bitsOf(hash)}`;
    case 'RSA-OAEP': return hash.name === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${bitsOf(hash)}`;
    case 'HMAC': return `HS${bitsOf(hash)}`;
    case 'Ed25519': return 'Ed25519';
    default: return KIND[name] === 'aes' ? `A${length}${name.slice(4)}` : undefined;
  }
}

function attempt(read) {
  try {
    return read();
  } catch (error) {
    throw invalid(error);
  }
}

function importSecret(format, data, algorithm, extractable, usages) {
  const { name, hash } = algorithm;
  checkUsages(usages, secretUsages(name), name === 'HMAC' ? 'an HMAC' : 'an AES');
  if (format !== 'raw' && format !== 'jwk') throw fault(`Unable to import ${name === 'HMAC' ? 'HMAC' : 'AES'} key with format ${format}`, name === 'HMAC' ? 'Error' : 'NotSupportedError');
  let bytes = data;
  if (format === 'jwk') {
    checkJwk(data, 'oct', name, extractable, usages);
    if (typeof data.k !== 'string') throw invalid();
    bytes = new Uint8Array(Buffer.from(data.k, 'base64'));
  }
  const length = bytes.length * 8;
  if (name === 'HMAC') {
    if (format === 'raw' && (length === 0 || algorithm.length === 0)) throw fault('Zero-length key is not supported', 'DataError');
    if (format === 'raw' && algorithm.length !== undefined && algorithm.length !== length) throw fault('Invalid key length', 'DataError');
    if (format === 'jwk') checkAlgorithm(data, jwkName(algorithm));
    return cryptoKey(secretOf(bytes), { name, hash, length }, usages, extractable);
  }
  if (![128, 192, 256].includes(length)) throw fault('Invalid key length', 'DataError');
  if (format === 'jwk') checkAlgorithm(data, jwkName({ name, length }));
  return cryptoKey(secretOf(bytes), { name, length }, usages, extractable);
}

function importGeneric(format, data, { name }, extractable, usages) {
  if (extractable) throw fault(`${name} keys are not extractable`, 'SyntaxError');
  checkUsages(usages, DERIVE, `a ${name}`);
  if (format !== 'raw') throw fault(`Unable to import ${name} key with format ${format}`, 'NotSupportedError');
  return cryptoKey(secretOf(data), { name }, usages, false);
}

/** The public key of raw bytes. */
function fromRaw({ name, namedCurve }, data) {
  if (KIND[name] === 'edwards') {
    if (data.length !== 32) throw fault(`${name} raw keys must be exactly 32-bytes`, 'DataError');
    return attempt(() => createPublicKey({ key: { kty: 'OKP', crv: name, x: buffer(data).toString('base64url') }, format: 'jwk' }));
  }
  const point = native.curvePointAs(CURVES[namedCurve], data, false);
  if (point === undefined) throw invalid();
  const half = (point.length - 1) / 2;
  const coordinate = (from) => buffer(point.subarray(from, from + half)).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: namedCurve, x: coordinate(1), y: coordinate(1 + half) }, format: 'jwk' });
}

function fromJwk(jwk, algorithm, extractable, usages, checkUse) {
  const { name, namedCurve } = algorithm;
  const kind = KIND[name];
  const kty = { rsa: 'RSA', ec: 'EC', edwards: 'OKP' }[kind];
  const isPublic = jwk.d === undefined;
  checkJwk(jwk, kty, name, extractable, usages, () => {
    if (kind === 'ec' && jwk.crv !== namedCurve) throw fault('JWK "crv" does not match the requested algorithm', 'DataError');
    if (kind === 'edwards' && jwk.crv !== name) throw fault('JWK "crv" Parameter and algorithm name mismatch', 'DataError');
    checkUse(isPublic);
  });
  if (kind === 'rsa') checkAlgorithm(jwk, jwkName(algorithm));
  if (name === 'ECDSA') checkAlgorithm(jwk, { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[namedCurve]);
  if (name === 'Ed25519') checkAlgorithm(jwk, ['Ed25519', 'EdDSA']);
  return attempt(() => {
    const open = createPublicKey({ key: jwk, format: 'jwk' });
    if (isPublic) return open;
    const secret = createPrivateKey({ key: jwk, format: 'jwk' });
    if (!createPublicKey(secret).equals(open)) throw Object.assign(new TypeError('Invalid JWK'), { code: 'ERR_CRYPTO_INVALID_JWK' });
    return secret;
  });
}

function importPair(format, data, algorithm, extractable, usages) {
  const { name, namedCurve, hash } = algorithm;
  const kind = KIND[name];
  if (kind === 'ec' && !Object.hasOwn(CURVES, namedCurve)) throw fault('Unrecognized namedCurve', 'NotSupportedError');
  const checkUse = (isPublic) => checkUsages(usages, USAGES[name][isPublic ? 0 : 1], `${kind === 'rsa' ? 'an' : 'a'} ${name}`);
  let object;
  if (format === 'jwk') object = fromJwk(data, algorithm, extractable, usages, checkUse);
  else if (format === 'raw' && kind === 'rsa') throw fault('Unable to import RSA key with format raw', 'NotSupportedError');
  else {
    checkUse(format !== 'pkcs8');
    if (format === 'raw') object = fromRaw(algorithm, data);
    else if (format === 'spki') object = attempt(() => createPublicKey({ key: data, format: 'der', type: 'spki' }));
    else object = attempt(() => createPrivateKey({ key: data, format: 'der', type: 'pkcs8' }));
  }
  const type = object.asymmetricKeyType;
  if (type !== (kind === 'edwards' ? name.toLowerCase() : kind)) throw fault('Invalid key type', 'DataError');
  const details = object.asymmetricKeyDetails;
  if (kind === 'ec') {
    if (details.namedCurve !== CURVES[namedCurve]) throw fault('Named curve mismatch', 'DataError');
    return cryptoKey(object, { name, namedCurve }, usages, extractable);
  }
  if (kind === 'edwards') return cryptoKey(object, { name }, usages, extractable);
  const exponent = details.publicExponent.toString(16);
  const publicExponent = new Uint8Array(Buffer.from(exponent.padStart(exponent.length + (exponent.length % 2), '0'), 'hex'));
  return cryptoKey(object, { name, modulusLength: details.modulusLength, publicExponent, hash }, usages, extractable);
}

function importKey(format, data, algorithm, extractable, usages) {
  const read = { aes: importSecret, hmac: importSecret, generic: importGeneric }[KIND[algorithm.name]] ?? importPair;
  const key = read(format, data, algorithm, extractable, usages);
  if (key.type !== 'public' && key.usages.length === 0) throw fault(`Usages cannot be empty when importing a ${key.type} key.`, 'SyntaxError');
  return key;
}

const whole = (bytes) => new Uint8Array(bytes).buffer;

function exportKey(format, key) {
  if (!key.extractable) throw fault('key is not extractable', 'InvalidAccessException');
  const { name, namedCurve } = key.algorithm;
  const object = keyObjectOf(key);
  const kind = KIND[name];
  const secret = kind === 'aes' || kind === 'hmac';
  if (format === 'jwk') return exportJwk(key, object);
  if (format === 'raw' && secret) return whole(contentOf(object));
  if (format === 'spki' && key.type === 'public') return whole(contentOf(object));
  if (format === 'pkcs8' && key.type === 'private') return whole(contentOf(object));
  if (format === 'raw' && key.type === 'public' && kind !== 'rsa') {
    // The last bytes of its SPKI are the key.
    return whole(contentOf(object).subarray(-(kind === 'ec' ? WIDTHS[namedCurve] : 32)));
  }
  throw fault(`Unable to export a ${format === 'pkcs8' ? 'pkcs8' : 'raw'} ${name} ${key.type} key`, 'InvalidAccessError');
}

function exportJwk(key, object) {
  const { algorithm } = key;
  const jwk = { key_ops: key.usages, ext: key.extractable, ...object.export({ format: 'jwk' }) };
  const alg = jwkName(algorithm);
  if (alg !== undefined) jwk.alg = alg;
  return jwk;
}

module.exports = { exportKey, failed, generateKey, importKey };
