// The package's big integers, with powers computed natively: SRP's 3072 bits take seconds in an interpreter.
'use strict';
const { default: BigInteger } = require('../node_modules/amazon-cognito-identity-js/lib/BigInteger.js');

BigInteger.prototype.modPow = function modPow(exponent, modulus, callback) {
  const one = new BigInteger('1', 16);
  if (exponent.bitLength() <= 0) return one;
  const base = this.mod(modulus);
  const result = new BigInteger(host.native.modPow(base.toString(16), exponent.toString(16), modulus.toString(16)), 16);
  callback(null, result);
  return result;
};

module.exports = { __esModule: true, default: BigInteger };
