// `iconv-lite` for tedious: texts without special characters need none of its tables.
'use strict';

const ascii = (bytes) => bytes.every((byte) => byte < 128);
// Named through a variable: in the bundle of tedious the package's name is this file.
const ICONV = 'iconv-lite';
const whole = () => require(ICONV);
// Code pages whose lower half is ASCII: all that SQL Server's collations have.
const known = /^(?:CP|WINDOWS-?)\d+$/i;

function decode(bytes, encoding) {
  if (/^utf-?8$/i.test(encoding)) return bytes.toString('utf8');
  return known.test(encoding) && ascii(bytes) ? bytes.toString('latin1') : whole().decode(bytes, encoding);
}

function encode(text, encoding) {
  if (/^utf-?8$/i.test(encoding)) return Buffer.from(text, 'utf8');
  return known.test(encoding) && /^[\0-\x7f]*$/.test(text) ? Buffer.from(text, 'latin1') : whole().encode(text, encoding);
}

module.exports = { decode, encode };
