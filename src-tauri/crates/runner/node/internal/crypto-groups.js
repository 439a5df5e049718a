// The primes of Diffie-Hellman groups (RFC 2409 §6, RFC 3526), from the formula they are defined by:
// 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi) + k).
'use strict';
const { Buffer } = require('buffer');

const GROUPS = {
  modp1: [768, 149686n], modp2: [1024, 129093n], modp5: [1536, 741804n], modp14: [2048, 124476n],
  modp15: [3072, 1690314n], modp16: [4096, 240904n], modp17: [6144, 929484n], modp18: [8192, 4743158n],
};
const made = new Map();

/** arctan(1/x), scaled by 2^bits. */
function arctan(x, bits) {
  let power = (1n << BigInt(bits)) / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += sign * (power / n);
  }
  return sum;
}

/** The prime of a group, big-endian. */
function groupPrime(name) {
  if (!made.has(name)) {
    const [bits, k] = GROUPS[name];
    const n = BigInt(bits);
    // Machin's formula, with bits to spare for what rounding loses.
    const pi = 4n * (4n * arctan(5n, bits) - arctan(239n, bits)) >> 130n;
    const prime = (1n << n) - (1n << (n - 64n)) - 1n + ((pi + k) << 64n);
    made.set(name, Buffer.from(prime.toString(16), 'hex'));
  }
  return made.get(name);
}

module.exports = { groupPrime, groupNames: Object.keys(GROUPS) };
