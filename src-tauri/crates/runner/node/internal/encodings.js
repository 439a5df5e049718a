// Encodings by Node's names; the work is native.
'use strict';
const { native } = host;

const NAMES = {
  utf8: 'utf8', 'utf-8': 'utf8', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
  latin1: 'latin1', binary: 'latin1', ascii: 'ascii', hex: 'hex', base64: 'base64', base64url: 'base64url',
};

/** The encoding's one name, or undefined. Nothing given means UTF-8. */
function normal(name) {
  if (name == null || name === '' || name === 'utf8') return 'utf8';
  if (typeof name !== 'string') return undefined;
  return NAMES[name] ?? NAMES[name.toLowerCase()];
}

function codes(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Bytes of a text. */
function encode(text, encoding) {
  switch (encoding) {
    case 'utf8': return native.utf8Encode(text);
    case 'hex': {
      const valid = /^(?:[0-9a-f]{2})*/i.exec(text)[0];
      return host.engine.fromHex(valid);
    }
    case 'base64':
    case 'base64url': return native.base64Decode(text);
    case 'utf16le': {
      const bytes = new Uint8Array(text.length * 2);
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        bytes[2 * at] = code;
        bytes[2 * at + 1] = code >> 8;
      }
      return bytes;
    }
    default: return codes(text);
  }
}

/** Text of bytes. */
function decode(bytes, encoding) {
  switch (encoding) {
    case 'utf8': return native.utf8Decode(bytes);
    case 'hex': return host.engine.toHex(bytes);
    case 'base64': return native.base64Encode(bytes, false);
    case 'base64url': return native.base64Encode(bytes, true);
    case 'ascii': return native.latin1Decode(Uint8Array.from(bytes, (byte) => byte & 127));
    case 'utf16le': {
      const parts = [];
      const units = Array.from({ length: bytes.length >> 1 }, (_, at) => bytes[2 * at] | (bytes[2 * at + 1] << 8));
      for (let at = 0; at < units.length; at += 4096) parts.push(String.fromCharCode(...units.slice(at, at + 4096)));
      return parts.join('');
    }
    default: return native.latin1Decode(bytes);
  }
}

/** Bytes a text takes. */
function lengthOf(text, encoding) {
  switch (encoding) {
    case 'utf8': return native.utf8Encode(text).length;
    case 'hex': return text.length >>> 1;
    case 'utf16le': return text.length * 2;
    case 'base64':
    case 'base64url': {
      let size = text.length;
      if (text.endsWith('==')) size -= 2;
      else if (text.endsWith('=')) size -= 1;
      return (size * 3) >>> 2;
    }
    default: return text.length;
  }
}

module.exports = { normal, encode, decode, lengthOf };
