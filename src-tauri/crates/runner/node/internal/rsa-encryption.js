// publicEncrypt and privateDecrypt.
'use strict';
const { nodeError, checkString } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { derOf } = require('internal/keys');
const constants = require('internal/crypto-constants');
const { native } = host;

const rsa = (code, reason, number) => () => openssl(`ERR_OSSL_RSA_${code}`, 'rsa routines', reason, number);
const REFUSALS = {
  'data too large for key size': rsa('DATA_TOO_LARGE_FOR_KEY_SIZE', 'data too large for key size', '0200006E'),
  'oaep decoding error': rsa('OAEP_DECODING_ERROR', 'oaep decoding error', '02000079'),
  'operation not supported for this keytype': () => openssl('ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE', 'digital envelope routines', 'operation not supported for this keytype', '03000096'),
  'invalid digest': () => Object.assign(new Error('Invalid digest used'), { code: 'ERR_OSSL_EVP_INVALID_DIGEST' }),
};

function answered(answer) {
  if (typeof answer === 'string') throw REFUSALS[answer]();
  return buffer(answer);
}

/** Padding, digest and label as the key's options have them. */
function manner(key) {
  const padding = key?.padding ?? constants.RSA_PKCS1_OAEP_PADDING;
  const digest = key?.oaepHash ?? 'sha1';
  checkString(digest, 'key.oaepHash');
  if (padding !== constants.RSA_PKCS1_OAEP_PADDING && padding !== constants.RSA_PKCS1_PADDING) {
    throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `RSA encryption with padding ${padding} is not part of Sluice; OAEP and PKCS #1 are`);
  }
  if (key?.oaepLabel === undefined) return { padding, digest };
  const label = bytesOf(key.oaepLabel, 'key.oaepLabel', undefined, key.encoding);
  if (!native.utf8Valid(label)) throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'An oaepLabel that is no UTF-8 is not part of Sluice');
  return { padding, digest, label: native.utf8Decode(label) };
}

function publicEncrypt(key, data) {
  const der = derOf(key, 'verify');
  const { padding, digest, label } = manner(key);
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  return answered(native.rsaEncrypt(der, bytes, padding === constants.RSA_PKCS1_PADDING ? undefined : digest, label));
}

function privateDecrypt(key, data) {
  const der = derOf(key, 'sign');
  const { padding, digest, label } = manner(key);
  const bytes = bytesOf(data, 'buffer', undefined, key?.encoding);
  if (padding === constants.RSA_PKCS1_PADDING) {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', 'RSA_PKCS1_PADDING is no longer supported for private decryption, this can be reverted with --security-revert=CVE-2023-46809');
  }
  return answered(native.rsaDecrypt(der, bytes, digest, label));
}

module.exports = { publicEncrypt, privateDecrypt };
