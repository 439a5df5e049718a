// npm `iconv-lite` as `mysql2` uses it, for what Buffer knows and for CESU-8. Text in other character sets is refused by name.
'use strict';
const { Buffer } = require('buffer');

const ALIASES = { cesu8: 'utf8', ucs2: 'utf16le' };

function known(encoding) {
  const name = ALIASES[encoding] ?? encoding;
  if (Buffer.isEncoding(name)) return name;
  host.warn('mysql_charset', `mysql2: the character set ${encoding} is not bridged; use utf8mb4.`);
  throw new Error(`Encoding not recognized: '${encoding}' (searched as: '${String(encoding).toLowerCase()}')`);
}

const getDecoder = (encoding) => {
  const name = known(encoding);
  return { write: (buffer) => buffer.toString(name), end: () => undefined };
};

const getEncoder = (encoding) => {
  const name = known(encoding);
  return { write: (string) => Buffer.from(string, name), end: () => undefined };
};

module.exports = { getDecoder, getEncoder };
