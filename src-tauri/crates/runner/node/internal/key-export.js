// A key's way out: PEM, DER or JWK, with Node's checks.
'use strict';
const { nodeError, invalidArgType, invalidArgValue } = require('internal/errors');
const { buffer } = require('internal/crypto-bytes');
const { native } = host;

const LABELS = {
  private: { pkcs1: 'RSA PRIVATE KEY', pkcs8: 'PRIVATE KEY', sec1: 'EC PRIVATE KEY' },
  public: { pkcs1: 'RSA PUBLIC KEY', spki: 'PUBLIC KEY' },
};
const ONLY = { pkcs1: ['rsa', 'RSA'], sec1: ['ec', 'EC'] };

/** A key whose content is `der` as the options say. */
function exported(der, isPrivate, kind, options) {
  if (options === null || typeof options !== 'object') throw invalidArgType('options', 'object', options);
  const { format, type, cipher, passphrase } = options;
  if (format === 'jwk') return native.keyToJwk(der, isPrivate);
  if (format !== 'pem' && format !== 'der') throw invalidArgValue('options.format', format);
  const labels = isPrivate ? LABELS.private : LABELS.public;
  if (typeof type !== 'string' || !Object.hasOwn(labels, type)) throw invalidArgValue('options.type', type);
  if (ONLY[type] && ONLY[type][0] !== kind) {
    throw nodeError(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', `The selected key encoding ${type} can only be used for ${ONLY[type][1]} keys.`);
  }
  if (isPrivate && (cipher != null || passphrase !== undefined)) {
    throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'Encrypting a private key is not part of Sluice');
  }
  const bytes = buffer(ONLY[type] ? native.exportKey(der, isPrivate, type) : der.slice());
  if (format === 'der') return bytes;
  return `-----BEGIN ${labels[type]}-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${labels[type]}-----\n`;
}

module.exports = { exported };
