// A key's way out: PEM, DER or JWK, with Node's checks.
'use strict';
const { nodeError, invalidArgType, invalidArgValue } = require('internal/errors');
const { buffer, bytesOf } = require('internal/crypto-bytes');
const { native } = host;

const LABELS = {
  private: { pkcs1: 'RSA PRIVATE KEY', pkcs8: 'PRIVATE KEY', sec1: 'EC PRIVATE KEY' },
  public: { pkcs1: 'RSA PUBLIC KEY', spki: 'PUBLIC KEY' },
};
const ONLY = { pkcs1: ['rsa', 'RSA'], sec1: ['ec', 'EC'] };
const incompatible = (type, reason) => nodeError(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', `The selected key encoding ${type} ${reason}.`);
const isText = (value) => typeof value === 'string' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

/** What `options` ask for, checked for a key of that kind; `path` is what Node calls them in its messages. */
function checkedEncoding(options, isPrivate, kind, path = 'options') {
  if (options === null || typeof options !== 'object') throw invalidArgType('options', 'object', options);
  const { format, type, cipher, passphrase, encoding } = options;
  if (format !== 'jwk') {
    if (format !== 'pem' && format !== 'der') throw invalidArgValue(`${path}.format`, format);
    const labels = isPrivate ? LABELS.private : LABELS.public;
    if (typeof type !== 'string' || !Object.hasOwn(labels, type)) throw invalidArgValue(`${path}.type`, type);
    if (ONLY[type] && ONLY[type][0] !== kind) throw incompatible(type, `can only be used for ${ONLY[type][1]} keys`);
  }
  if (!isPrivate) return { format, type };
  if (cipher == null) {
    if (passphrase !== undefined) throw invalidArgValue(`${path}.cipher`, cipher);
    return { format, type };
  }
  if (typeof cipher !== 'string') throw invalidArgValue(`${path}.cipher`, cipher);
  if (format === 'der' && ONLY[type]) throw incompatible(type, 'does not support encryption');
  if (!isText(passphrase)) throw invalidArgValue(`${path}.passphrase`, passphrase);
  return { format, type, cipher, passphrase: bytesOf(passphrase, 'key.passphrase', undefined, encoding).slice() };
}

const pem = (label, bytes, headers = '') => `-----BEGIN ${label}-----\n${headers}${buffer(bytes).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

/** A key whose content is `der` in an encoding as `checkedEncoding` gives it. */
function encoded(der, isPrivate, { format, type, cipher, passphrase }) {
  if (format === 'jwk') return native.keyToJwk(der, isPrivate);
  const bytes = ONLY[type] ? native.exportKey(der, isPrivate, type) : der.slice();
  const label = LABELS[isPrivate ? 'private' : 'public'][type];
  if (cipher === undefined) return format === 'der' ? buffer(bytes) : pem(label, bytes);
  const { protect, protectOld } = require('internal/crypto-passphrase');
  if (ONLY[type]) {
    const { headers, text } = protectOld(bytes, passphrase, cipher);
    return pem(label, text, headers);
  }
  const text = protect(bytes, passphrase, cipher);
  return format === 'der' ? buffer(text) : pem('ENCRYPTED PRIVATE KEY', text);
}

module.exports = {
  checkedEncoding,
  encoded,
  exported: (der, isPrivate, kind, options) => encoded(der, isPrivate, checkedEncoding(options, isPrivate, kind)),
};
