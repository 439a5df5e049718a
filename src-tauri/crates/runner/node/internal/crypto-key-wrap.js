// AES key wrap (RFC 3394).
'use strict';
const { Buffer } = require('buffer');
const { native } = host;

/** Mixes the number of a step into the first half of a block. */
function mix(block, step) {
  const count = Buffer.alloc(8);
  count.writeUInt32BE(Math.floor(step / 2 ** 32), 0);
  count.writeUInt32BE(step >>> 0, 4);
  for (let at = 0; at < 8; at += 1) block[at] ^= count[at];
}

/** A key of whole eights of bytes, at least two of them, wrapped; eight bytes longer. */
function wrap(secret, start, key) {
  const aes = native.cipher('ecb', secret, new Uint8Array(0), true);
  const made = Buffer.concat([start, key]);
  const parts = key.length / 8;
  const block = Buffer.alloc(16);
  made.copy(block, 0, 0, 8);
  for (let round = 0; round < 6; round += 1) {
    for (let part = 1; part <= parts; part += 1) {
      made.copy(block, 8, part * 8, part * 8 + 8);
      block.set(aes.update(block));
      mix(block, round * parts + part);
      block.copy(made, part * 8, 8, 16);
    }
  }
  block.copy(made, 0, 0, 8);
  return made;
}

/** The key inside; nothing when it was not wrapped with this one. */
function unwrap(secret, start, wrapped) {
  const aes = native.cipher('ecb', secret, new Uint8Array(0), false);
  const made = Buffer.from(wrapped);
  const parts = wrapped.length / 8 - 1;
  const block = Buffer.alloc(16);
  made.copy(block, 0, 0, 8);
  for (let round = 5; round >= 0; round -= 1) {
    for (let part = parts; part >= 1; part -= 1) {
      mix(block, round * parts + part);
      made.copy(block, 8, part * 8, part * 8 + 8);
      block.set(aes.update(block));
      block.copy(made, part * 8, 8, 16);
    }
  }
  return native.equal(block.subarray(0, 8), start) ? made.subarray(8) : undefined;
}

module.exports = { wrap, unwrap, fits: (length, wrapped) => length % 8 === 0 && length >= (wrapped ? 24 : 16) };
