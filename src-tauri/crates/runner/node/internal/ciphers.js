// createCipheriv and createDecipheriv: AES in ECB, CBC, CTR and GCM.
'use strict';
const { Transform } = require('stream');
const { StringDecoder } = require('string_decoder');
const { nodeError, invalidArgType, checkString } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { Buffer } = require('buffer');
const { native } = host;

const NAMES = /^(?:aes-?(128|192|256)-(ecb|cbc|ctr|gcm)|aes(128|192|256)|id-aes(128|192|256)-gcm)$/i;
// What Node knows and is not here.
const OTHERS = /^(aes-?(128|192|256)-|des|aria|camellia|chacha20|sm4|id-)/i;
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
  const match = NAMES.exec(name);
  if (!match) {
    if (OTHERS.test(name) && !/^aes-?\d+-(ecb|cbc|ctr|gcm)$/i.test(name)) {
      throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${name} is not part of Sluice; AES in ecb, cbc, ctr and gcm is`);
    }
    throw nodeError(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  }
  const bits = Number(match[1] ?? match[3] ?? match[4]);
  const mode = match[4] ? 'gcm' : (match[2] ?? 'cbc').toLowerCase();
  if (secret.length !== bits / 8) throw nodeError(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  const right = mode === 'gcm' ? start.length > 0 : start.length === (mode === 'ecb' ? 0 : 16);
  if (!right || (iv === null && mode !== 'ecb')) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
  return { mode, secret, start };
}

const tagLengths = new Set([4, 8, 12, 13, 14, 15, 16]);
function checkTagLength(length) {
  if (!tagLengths.has(length)) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);
}

class Aes extends Transform {
  #cipher;
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
    const { mode, secret, start } = parameters(name, key, iv);
    const tagLength = mode === 'gcm' ? options?.authTagLength : undefined;
    if (tagLength !== undefined) checkTagLength(tagLength);
    super(options);
    this.#cipher = native.cipher(mode, secret, start, encrypts);
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
  static tag(aes) {
    if (!aes.#sealed || !aes.#done) throw invalidState('getAuthTag');
    return buffer(aes.#made()).subarray(0, aes.#tagLength ?? 16);
  }
  static expect(aes, data, encoding) {
    const bytes = bytesOf(data, 'buffer', ['string', 'ArrayBuffer', ...BYTES], encoding);
    if (!aes.#sealed || aes.#done || aes.#tag) throw invalidState('setAuthTag');
    if (aes.#tagLength !== undefined && bytes.length !== aes.#tagLength) {
      throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${bytes.length}`);
    }
    checkTagLength(bytes.length);
    aes.#tag = bytes.slice();
  }
  #made() { return this.#cipher.tag(Buffer.concat(this.#aad)); }

  #transform(bytes) {
    if (!this.#blocks) return this.#cipher.update(bytes);
    const all = Buffer.concat([this.#pending, bytes]);
    // The last block may be padding, which only its end tells.
    const held = !this.#encrypts && this.#padded && all.length > 0 ? 1 : 0;
    const whole = Math.floor((all.length - held) / 16) * 16;
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
      const missing = 16 - pending.length;
      return this.#cipher.update(Buffer.concat([pending, Buffer.alloc(missing, missing)]));
    }
    if (pending.length !== 16) throw wrongLength();
    const plain = this.#cipher.update(pending);
    const padding = plain[15];
    if (padding < 1 || padding > 16 || plain.subarray(16 - padding).some((byte) => byte !== padding)) throw badDecrypt();
    return plain.slice(0, 16 - padding);
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
const { tag, expect } = Aes;

class Cipheriv extends Aes {
  constructor(name, key, iv, options) { super(true, name, key, iv, options); }
  getAuthTag() { return tag(this); }
}
class Decipheriv extends Aes {
  constructor(name, key, iv, options) { super(false, name, key, iv, options); }
  setAuthTag(data, encoding) {
    expect(this, data, encoding);
    return this;
  }
}

const bits = [128, 192, 256];
const names = [...bits.flatMap((size) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${size}-${mode}`)), ...bits.map((size) => `aes${size}`), ...bits.map((size) => `id-aes${size}-GCM`)];

module.exports = {
  Cipheriv,
  Decipheriv,
  createCipheriv: (name, key, iv, options) => new Cipheriv(name, key, iv, options),
  createDecipheriv: (name, key, iv, options) => new Decipheriv(name, key, iv, options),
  getCiphers: () => [...names],
};
