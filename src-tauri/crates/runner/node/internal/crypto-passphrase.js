// Private keys under a passphrase: the encrypted form of PKCS#8, and the older one of PEM texts with a DEK-Info line.
'use strict';
const { nodeError } = require('internal/errors');
const { openssl } = require('internal/crypto-bytes');
const { Buffer } = require('buffer');
const { native } = host;

const NAMES = /^(?:aes-?(128|192|256)-cbc|aes(128|192|256)|(des-ede3-cbc|des3))$/i;
// What OpenSSL knows and is not here.
const OTHERS = /^(aes|aria|camellia|des|seed|sm4|bf|cast|rc2|idea|id-aes)/i;
const badDecrypt = () => openssl('ERR_OSSL_BAD_DECRYPT', 'Provider routines', 'bad decrypt', '1C800064');
const unsupported = () => openssl('ERR_OSSL_UNSUPPORTED', 'DECODER routines', 'unsupported', '1E08010C');
const absent = (name) => nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `A private key under ${name} is not available in Sluice; AES and triple DES in CBC are`);

/** The bits of AES that a cipher's name says, or 64 for triple DES. */
function bitsOf(cipher) {
  const match = NAMES.exec(cipher);
  if (match) return match[3] ? 64 : Number(match[1] ?? match[2]);
  if (OTHERS.test(cipher)) throw absent(cipher);
  throw nodeError(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
}

/** The encrypted form of a PKCS#8 key. */
function protect(pkcs8, passphrase, cipher) {
  return native.protectKey(pkcs8, passphrase, bitsOf(cipher));
}

/** The PKCS#8 key in an encrypted one. */
function unprotect(der, passphrase) {
  const answer = native.unprotectKey(der, needed(passphrase));
  if (typeof answer === 'string') throw answer === 'bad decrypt' ? badDecrypt() : unsupported();
  return answer;
}

function needed(passphrase) {
  if (passphrase === undefined) throw openssl('ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED', 'common libcrypto routines', 'interrupted or cancelled', '07880109');
  return passphrase;
}

/** OpenSSL's old way from a passphrase to a key: MD5 over what came before, passphrase and salt. */
function derived(passphrase, salt, size) {
  let key = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  while (key.length < size) {
    last = native.hash('md5', Buffer.concat([last, passphrase, salt]), 16);
    key = Buffer.concat([key, last]);
  }
  return key.subarray(0, size);
}

/** Mode, bytes of the key and bytes of a block. */
const shape = (bits) => (bits === 64 ? ['des-cbc', 24, 8] : ['cbc', bits / 8, 16]);

/** The text and the header lines of a PEM block in the older form. */
function protectOld(der, passphrase, name) {
  const bits = bitsOf(name);
  const [mode, size, block] = shape(bits);
  const iv = native.randomBytes(block);
  const missing = block - (der.length % block);
  const cipher = native.cipher(mode, derived(passphrase, iv.subarray(0, 8), size), iv, true);
  const text = cipher.update(Buffer.concat([der, Buffer.alloc(missing, missing)]));
  return { headers: `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${bits === 64 ? 'DES-EDE3' : `AES-${bits}`}-CBC,${Buffer.from(iv).toString('hex').toUpperCase()}\n\n`, text };
}

/** What such a block's body holds. */
function unprotectOld(body, passphrase) {
  const match = /DEK-Info: *([^,\s]+),([0-9a-f]+)\s+([\s\S]*)/i.exec(body);
  if (!match) throw unsupported();
  const [, name, start, text] = match;
  const [mode, size, block] = shape(bitsOf(name));
  const iv = Buffer.from(start, 'hex');
  const bytes = Buffer.from(text, 'base64');
  if (iv.length !== block || bytes.length === 0 || bytes.length % block !== 0) throw unsupported();
  const plain = native.cipher(mode, derived(needed(passphrase), iv.subarray(0, 8), size), iv, false).update(bytes);
  const padding = plain[plain.length - 1];
  if (padding < 1 || padding > block || plain.subarray(-padding).some((byte) => byte !== padding)) throw badDecrypt();
  return plain.slice(0, -padding);
}

module.exports = { derived, protect, unprotect, protectOld, unprotectOld };
