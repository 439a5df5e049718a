// publicEncrypt, privateDecrypt, privateEncrypt and publicDecrypt.
'use strict';
const { nodeError, checkString } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { derOf } = require('internal/keys');
const constants = require('internal/crypto-constants');
const { native } = host;

const rsa = (code, reason, number) => () => openssl(`ERR_OSSL_RSA_${code}`, 'rsa routines', reason, number);
const REFUSALS = {
  'data too large for key size': rsa('DATA_TOO_LARGE_FOR_KEY_SIZE', 'data too large for key size', '0200006E'),
  'data too small for key size': rsa('DATA_TOO_SMALL_FOR_KEY_SIZE', 'data too small for key size', '0200007A'),
  'data too large for modulus': rsa('DATA_TOO_LARGE_FOR_MODULUS', 'data too large for modulus', '02000084'),
  'invalid padding': rsa('INVALID_PADDING', 'invalid padding', '0200008A'),
  'block type is not 01': rsa('BLOCK_TYPE_IS_NOT_01', 'block type is not 01', '0200006A'),
  'bad fixed header decrypt': rsa('BAD_FIXED_HEADER_DECRYPT', 'bad fixed header decrypt', '02000066'),
  'null before block missing': rsa('NULL_BEFORE_BLOCK_MISSING', 'null before block missing', '02000071'),
  'bad pad byte count': rsa('BAD_PAD_BYTE_COUNT', 'bad pad byte count', '02000067'),
  'oaep decoding error': rsa('OAEP_DECODING_ERROR', 'oaep decoding error', '02000079'),
  'operation not supported for this keytype': () => openssl('ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE', 'digital envelope routines', 'operation not supported for this keytype', '03000096'),
  'invalid digest': () => Object.assign(new Error('Invalid digest used'), { code: 'ERR_OSSL_EVP_INVALID_DIGEST' }),
};

function answered(answer) {
  if (typeof answer === 'string') throw REFUSALS[answer]();
  return buffer(answer);
}

const absent = (padding) => nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `RSA encryption with padding ${padding} is not available in Sluice; OAEP, PKCS #1 and none are`);

/** Padding, digest and label as the key's options have them. */
function manner(key) {
  const padding = key?.padding ?? constants.RSA_PKCS1_OAEP_PADDING;
  const digest = key?.oaepHash ?? 'sha1';
  checkString(digest, 'key.oaepHash');
  if (![constants.RSA_PKCS1_OAEP_PADDING, constants.RSA_PKCS1_PADDING, constants.RSA_NO_PADDING].includes(padding)) throw absent(padding);
  if (key?.oaepLabel === undefined) return { padding, digest };
  const label = bytesOf(key.oaepLabel, 'key.oaepLabel', undefined, key.encoding);
  if (!native.utf8Valid(label)) throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'An oaepLabel that is no UTF-8 is not available in Sluice');
  return { padding, digest, label: native.utf8Decode(label) };
}

function publicEncrypt(key, data) {
  const der = derOf(key, 'verify');
  const { padding, digest, label } = manner(key);
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  if (padding === constants.RSA_NO_PADDING) return answered(native.rsaPublic(der, bytes, false));
  return answered(native.rsaEncrypt(der, bytes, padding === constants.RSA_PKCS1_PADDING ? undefined : digest, label));
}

function privateDecrypt(key, data) {
  const der = derOf(key, 'sign');
  const { padding, digest, label } = manner(key);
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  if (padding === constants.RSA_PKCS1_PADDING) {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', 'RSA_PKCS1_PADDING is no longer supported for private decryption, this can be reverted with --security-revert=CVE-2023-46809');
  }
  if (padding === constants.RSA_NO_PADDING) return answered(native.rsaPrivate(der, bytes, false));
  return answered(native.rsaDecrypt(der, bytes, digest, label));
}

/** Whether what a private key makes or a public one reads is padded. */
function padded(key) {
  const padding = key?.padding ?? constants.RSA_PKCS1_PADDING;
  if (padding !== constants.RSA_PKCS1_PADDING && padding !== constants.RSA_NO_PADDING) {
    if (padding === constants.RSA_PKCS1_OAEP_PADDING) throw openssl('ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE', 'Provider routines', 'illegal or unsupported padding mode', '1C8000A5');
    throw absent(padding);
  }
  return padding === constants.RSA_PKCS1_PADDING;
}

function privateEncrypt(key, data) {
  const der = derOf(key, 'sign');
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  const made = native.rsaPrivate(der, bytes, padded(key));
  // Node reports OpenSSL's error here after it was cleared.
  if (made === 'operation not supported for this keytype') throw new Error('error:00000000:lib(0)::reason(0)');
  return answered(made);
}

function publicDecrypt(key, data) {
  const der = derOf(key, 'verify');
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  return answered(native.rsaPublic(der, bytes, padded(key)));
}

module.exports = { privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt };
