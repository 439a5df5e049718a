// SHA-256 and its HMAC, as the package uses them, over the native one.
'use strict';
const { createHash, createHmac } = require('crypto');

exports.Sha256 = class Sha256 {
  #hash;
  constructor(secret) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data) { this.#hash.update(data); }
  digestSync() { return new Uint8Array(this.#hash.digest()); }
  async digest() { return this.digestSync(); }
};
