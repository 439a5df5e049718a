// The npm package's native half, as its C++ does it: versions a and b only, so `$2y$` never matches.
'use strict';
const { native } = host;
const LETTERS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const INVALID = 'Invalid salt. Salt must be in the form of: $Vers$log2(NumRounds)$saltvalue';

function encode(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    text += LETTERS[a >> 2] + LETTERS[((a & 3) << 4) | ((b ?? 0) >> 4)];
    if (b === undefined) break;
    text += LETTERS[((b & 15) << 2) | ((c ?? 0) >> 6)];
    if (c === undefined) break;
    text += LETTERS[c & 63];
  }
  return text;
}

function decode(text) {
  const bytes = new Uint8Array(16);
  let group = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) break;
    group = ((group << 6) | value) & 0xFFFFFF;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      if (at < 16) bytes[at++] = group >> bits;
    }
  }
  return bytes;
}

/** `$2b$10$` and the salt, or undefined where the package sees no salt. */
function parse(hash) {
  const found = /^\$2([ab]?)\$(.)(.)\$([^\0]*)/s.exec(hash);
  if (!found) return undefined;
  const cost = parseInt(found[2] + found[3], 10) || 0;
  if (cost > 31 || (cost < 4 && (1 << cost) < 16) || Math.floor(found[4].length * 3 / 4) < 16) return undefined;
  return { minor: found[1], cost, salt: decode(found[4].slice(0, 22)) };
}

function hashed(data, salt) {
  const { minor, cost, salt: bytes } = parse(salt);
  const password = typeof data === 'string' ? Buffer.from(data) : data;
  const closed = Buffer.concat([password, Buffer.alloc(1)]);
  let length = Math.min(closed.length, 73);
  // Versions before `b` counted the length in eight bits.
  if (minor !== 'b') length = (password.length + (minor === 'a' ? 1 : 0)) & 255;
  const key = closed.subarray(0, Math.max(length, 1));
  const raw = host.span('hash', `bcrypt ${cost}`, () => native.bcryptRaw(key, bytes, cost));
  return `$2${minor}$${String(cost).padStart(2, '0')}$${encode(bytes)}${encode(raw.subarray(0, 23))}`;
}

function compared(data, hash) {
  if (/^\$2y\$/.test(hash)) {
    host.warn('bcrypt_2y', "bcrypt answers false for every $2y$ hash (PHP's); compare with hash.replace(/^\\$2y\\$/, '$2b$'), or use bcryptjs");
  }
  return parse(hash) !== undefined && hashed(data, hash) === hash;
}

function salt(minor, rounds, seed) {
  const cost = Math.min(Math.max(rounds & 255, 4), 31);
  return `$2${minor}$${String(cost).padStart(2, '0')}$${encode(seed)}`;
}

/** Runs `work` in a later turn of the loop, as the package's thread pool does. */
function later(work, callback) {
  host.defer(() => {
    let value;
    try {
      value = work();
    } catch (error) {
      callback(error);
      return;
    }
    callback(undefined, value);
  });
}

module.exports = () => ({
  gen_salt_sync: salt,
  gen_salt: (minor, rounds, seed, callback) => later(() => salt(minor, rounds, seed), callback),
  encrypt_sync(data, using) {
    if (!parse(using)) throw new Error(INVALID);
    return hashed(data, using);
  },
  encrypt(data, using, callback) {
    later(() => {
      if (!parse(using)) throw new Error(INVALID);
      return hashed(data, using);
    }, callback);
  },
  compare_sync: compared,
  compare: (data, hash, callback) => later(() => compared(data, hash), callback),
  get_rounds(hash) {
    const found = /^\$[^\0]([^$]?)\$(.*)$/s.exec(hash);
    const rounds = found ? parseInt(found[2], 10) || 0 : 0;
    if (rounds === 0) throw new Error('invalid hash provided');
    return rounds;
  },
});
