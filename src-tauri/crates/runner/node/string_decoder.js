// The npm polyfill, with Node's error for an unknown encoding.
'use strict';
const { StringDecoder: Polyfill } = require('string_decoder/');
const { nodeError } = require('internal/errors');
const { normal } = require('internal/encodings');

function StringDecoder(encoding) {
  if (normal(encoding) === undefined) throw nodeError(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
  return Reflect.construct(Polyfill, [normal(encoding)], new.target ?? StringDecoder);
}
StringDecoder.prototype = Object.create(Polyfill.prototype, { constructor: { value: StringDecoder, writable: true, configurable: true } });
module.exports = { StringDecoder };
