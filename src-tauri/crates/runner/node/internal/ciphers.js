// createCipheriv and createDecipheriv: AES in ECB, CBC, CTR and GCM, its key wrap, triple DES; createCipher and createDecipher.
'use strict';
const { Transform } = require('stream');
const { StringDecoder } = require('string_decoder');
const { nodeError, invalidArgType, checkString } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { cipherNamed, names } = require('internal/crypto-cipher-table');
const { Buffer } = require('buffer');
const { native } = host;

// What Node knows and is not here.
const OTHERS = /^(aes-?(128|192|256)-|des|aria|camellia|chacha20|sm4|id-)/i;
// What OpenSSL 3 knows by name and no longer does.
const LEGACY = /^(des(-(cbc|ecb|cfb\d*|ofb))?|desx.*|bf.*|blowfish|cast.*|rc2.*|rc4.*|idea.*|seed.*)$/i;
const BYTES = ['Buffer', 'TypedArray', 'DataView'];

const invalidState = (name) => nodeError(Error, 'ERR_CRYPTO_INVALID_STATE', `Invalid state for operation ${name}`);
const unauthentic = () => new Error('Unsupported state or unable to authenticate data');
const wrongLength = () => openssl('ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', 'Provider routines', 'wrong final block length', '1C80006B');
const badDecrypt = () => openssl('ERR_OSSL_BAD_DECRYPT', 'Provider routines', 'bad decrypt', '1C800064');

/** Mode, checked key and start value of a cipher's name. */
function parameters(name, key, iv) {
  checkString(name, 'cipher');
  const secret = bytesOf(key, 'key', ['string', 'ArrayBuffer', ...BYTES, 'KeyObject', 'CryptoKey']);
  const start = iv === null ? new Uint8Array(0) : bytesOf(iv, 'iv', ['string', 'ArrayBuffer', ...BYTES]);
  const info = cipherNamed(name);
  if (!info) {
    if (LEGACY.test(name)) throw openssl('ERR_OSSL_EVP_UNSUPPORTED', 'digital envelope routines', 'unsupported', '0308010C');
    if (OTHERS.test(name) && !/^aes-?\d+-(ecb|cbc|ctr|gcm)$/i.test(name)) {
      throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${name} is not available in Sluice; AES in ecb, cbc, ctr and gcm, its key wrap, and des-ede3 in ecb and cbc are`);
    }
    throw nodeError(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  }
  if (secret.length !== info.keyLength) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  const right = info.mode === 'gcm' ? start.length > 0 : start.length === info.ivLength;
  if (!right || (iv === null && info.mode !== 'ecb')) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
  return { info, secret, start };
}

/** Key wrap in the shape of a native cipher: the whole key is one update. */
function wrapping(secret, start, encrypts) {
  const { wrap, unwrap, fits } = require('internal/crypto-key-wrap');
  return {
    update(bytes) {
      const made = fits(bytes.length, !encrypts) ? (encrypts ? wrap : unwrap)(secret, start, bytes) : undefined;
      if (made === undefined) throw new Error('Trying to add data in unsupported state');
      return made;
    },
  };
}

const tagLengths = new Set([4, 8, 12, 13, 14, 15, 16]);
function checkTagLength(length) {
  if (!tagLengths.has(length)) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);
}

class Cipher extends Transform {
  #cipher;
  #size;
  #encrypts;
  #pending = Buffer.alloc(0);
  #padded = true;
  #begun = false;
  #done = false;
  #aad = [];
  #tag;
  #decoder;
  #tagLength;
  constructor(encrypts, name, key, iv, options) {
    const { info, secret, start } = parameters(name, key, iv);
    const { mode } = info;
    const tagLength = mode === 'gcm' ? options?.authTagLength : undefined;
    if (tagLength !== undefined) checkTagLength(tagLength);
    super(options);
    this.#cipher = mode === 'wrap' ? wrapping(secret.slice(), start.slice(), encrypts) : native.cipher(info.native, secret, start, encrypts);
    this.#size = info.blockSize;
    this.#encrypts = encrypts;
    this.#tagLength = tagLength;
    Object.defineProperty(this, '_mode', { value: mode });
  }
  get #sealed() { return this._mode === 'gcm'; }
  get #blocks() { return this._mode === 'ecb' || this._mode === 'cbc'; }

  update(data, inputEncoding, outputEncoding) {
    const bytes = bytesOf(data, 'data', ['string', ...BYTES], inputEncoding);
    if (this.#done) throw new Error('Trying to add data in unsupported state');
    this.#begun = true;
    return this.#text(this.#transform(bytes), outputEncoding, false);
  }
  final(outputEncoding) {
    if (this.#done) throw nodeError(Error, 'ERR_CRYPTO_INVALID_STATE', 'Invalid state');
    this.#done = true;
    return this.#text(this.#finish(), outputEncoding, true);
  }
  setAutoPadding(on) {
    if (this.#done) throw invalidState('setAutoPadding');
    this.#padded = on === undefined || Boolean(on);
    return this;
  }
  setAAD(data) {
    const bytes = bytesOf(data, 'buffer', ['ArrayBuffer', ...BYTES]);
    if (!this.#sealed || this.#begun || this.#done) throw invalidState('setAAD');
    this.#aad.push(Buffer.from(bytes));
    return this;
  }
  /** The tag a cipher made, or the one a decipher was given. */
  static tag(cipher) {
    if (!cipher.#sealed || !cipher.#done) throw invalidState('getAuthTag');
    return buffer(cipher.#made()).subarray(0, cipher.#tagLength ?? 16);
  }
  static expect(cipher, data, encoding) {
    const bytes = bytesOf(data, 'buffer', ['string', 'ArrayBuffer', ...BYTES], encoding);
    if (!cipher.#sealed || cipher.#done || cipher.#tag) throw invalidState('setAuthTag');
    if (cipher.#tagLength !== undefined && bytes.length !== cipher.#tagLength) {
      throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${bytes.length}`);
    }
    checkTagLength(bytes.length);
    cipher.#tag = bytes.slice();
  }
  #made() { return this.#cipher.tag(Buffer.concat(this.#aad)); }

  #transform(bytes) {
    if (!this.#blocks) return this.#cipher.update(bytes);
    const all = Buffer.concat([this.#pending, bytes]);
    // The last block may be padding, which only its end tells.
    const held = !this.#encrypts && this.#padded && all.length > 0 ? 1 : 0;
    const whole = Math.floor((all.length - held) / this.#size) * this.#size;
    this.#pending = all.subarray(whole);
    return this.#cipher.update(all.subarray(0, whole));
  }
  #finish() {
    if (this.#sealed && !this.#encrypts) {
      if (!this.#tag || !native.equal(this.#made().subarray(0, this.#tag.length), this.#tag)) throw unauthentic();
    }
    if (!this.#blocks) return new Uint8Array(0);
    const pending = this.#pending;
    if (!this.#padded) {
      if (pending.length > 0) throw wrongLength();
      return pending;
    }
    if (this.#encrypts) {
      const missing = this.#size - pending.length;
      return this.#cipher.update(Buffer.concat([pending, Buffer.alloc(missing, missing)]));
    }
    if (pending.length !== this.#size) throw wrongLength();
    const plain = this.#cipher.update(pending);
    const padding = plain[this.#size - 1];
    if (padding < 1 || padding > this.#size || plain.subarray(this.#size - padding).some((byte) => byte !== padding)) throw badDecrypt();
    return plain.slice(0, this.#size - padding);
  }
  /** Bytes, or text that may go on in the next piece. */
  #text(bytes, encoding, last) {
    if (!encoding || encoding === 'buffer') return buffer(bytes);
    this.#decoder ??= new StringDecoder(encoding);
    return this.#decoder.write(buffer(bytes)) + (last ? this.#decoder.end() : '');
  }

  _transform(chunk, encoding, done) {
    this.push(this.update(chunk, encoding));
    done();
  }
  _flush(done) {
    let last;
    try {
      last = this.final();
    } catch (error) {
      // From here on, as in Node: the frames above would push the script's own out of the stack.
      Error.captureStackTrace(error);
      done(error);
      return;
    }
    this.push(last);
    done();
  }
}
const { tag, expect } = Cipher;

class Cipheriv extends Cipher {
  constructor(name, key, iv, options) { super(true, name, key, iv, options); }
  getAuthTag() { return tag(this); }
}
class Decipheriv extends Cipher {
  constructor(name, key, iv, options) { super(false, name, key, iv, options); }
  setAuthTag(data, encoding) {
    expect(this, data, encoding);
    return this;
  }
}

/** A cipher of a password, as OpenSSL 0.9 made keys: without a salt, so that equal passwords have equal keys. */
function ofPassword(Class, name, password, options) {
  checkString(name, 'cipher');
  const secret = bytesOf(password, 'password', ['string', 'ArrayBuffer', ...BYTES]);
  const info = cipherNamed(name);
  if (!info || info.mode === 'wrap') throw nodeError(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  const { derived } = require('internal/crypto-passphrase');
  const made = derived(secret, Buffer.alloc(0), info.keyLength + info.ivLength);
  return new Class(name, made.subarray(0, info.keyLength), info.mode === 'ecb' ? null : made.subarray(info.keyLength), options);
}

/** What a cipher takes, or nothing when it takes no key or start value of the lengths asked about. */
function getCipherInfo(name, options) {
  if (typeof name !== 'string' && typeof name !== 'number') throw invalidArgType('nameOrNid', ['string', 'number'], name);
  const info = cipherNamed(name);
  if (!info) return undefined;
  const wanted = options?.ivLength;
  if (options?.keyLength !== undefined && options.keyLength !== info.keyLength) return undefined;
  if (wanted !== undefined && (info.mode === 'gcm' ? wanted < 1 : wanted !== info.ivLength)) return undefined;
  const { mode, nid, blockSize, keyLength } = info;
  const shown = { mode, name: info.name, nid, blockSize };
  if (info.ivLength > 0) shown.ivLength = wanted ?? info.ivLength;
  return { ...shown, keyLength };
}

module.exports = {
  Cipheriv,
  Decipheriv,
  createCipheriv: (name, key, iv, options) => new Cipheriv(name, key, iv, options),
  createDecipheriv: (name, key, iv, options) => new Decipheriv(name, key, iv, options),
  createCipher: (name, password, options) => ofPassword(Cipheriv, name, password, options),
  createDecipher: (name, password, options) => ofPassword(Decipheriv, name, password, options),
  getCipherInfo,
  getCiphers: () => [...names],
};
