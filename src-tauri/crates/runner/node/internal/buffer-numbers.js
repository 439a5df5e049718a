// Buffer's read… and write… methods, over DataView, with Node's checks.
'use strict';
const { nodeError, invalidArgType, outOfRange } = require('internal/errors');

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

function checkOffset(value, name = 'offset') {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
}

/** Throws what Node throws when `size` bytes at `offset` are not all inside. */
function outside(buffer, offset, size) {
  if (Math.floor(offset) !== offset) return outOfRange('offset', 'an integer', offset);
  if (buffer.length - size < 0) return nodeError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
  return outOfRange('offset', `>= 0 and <= ${buffer.length - size}`, offset);
}

function checkPlace(buffer, offset, size) {
  checkOffset(offset);
  if (!(Number.isInteger(offset) && offset >= 0 && offset + size <= buffer.length)) throw outside(buffer, offset, size);
}

function checkValue(value, min, max, size) {
  if (value <= max && value >= min) return;
  const n = typeof min === 'bigint' ? 'n' : '';
  let range;
  if (size > 4 || n) {
    const bits = size * 8;
    range = min === 0 || min === 0n ? `>= 0${n} and < 2${n} ** ${bits}${n}` : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  } else {
    range = `>= ${min}${n} and <= ${max}${n}`;
  }
  throw outOfRange('value', range, value);
}

const FIXED = [
  ['UInt8', 'Uint8', 1, 0, 255], ['Int8', 'Int8', 1, -128, 127],
  ['UInt16', 'Uint16', 2, 0, 65535], ['Int16', 'Int16', 2, -32768, 32767],
  ['UInt32', 'Uint32', 4, 0, 4294967295], ['Int32', 'Int32', 4, -2147483648, 2147483647],
  ['BigUInt64', 'BigUint64', 8, 0n, 2n ** 64n - 1n], ['BigInt64', 'BigInt64', 8, -(2n ** 63n), 2n ** 63n - 1n],
  ['Float', 'Float32', 4], ['Double', 'Float64', 8],
];

function fixed(target, name, dataName, size, min, max, little) {
  const order = size === 1 ? '' : little ? 'LE' : 'BE';
  const get = `get${dataName}`;
  const set = `set${dataName}`;
  const methods = {
    [`read${name}${order}`](offset = 0) {
      checkPlace(this, offset, size);
      return view(this)[get](offset, little);
    },
    [`write${name}${order}`](value, offset = 0) {
      if (min !== undefined) {
        if (typeof min === 'bigint') {
          if (typeof value !== 'bigint') throw new TypeError('Cannot mix BigInt and other types, use explicit conversions');
        } else {
          value = +value;
        }
        checkOffset(offset);
        checkValue(value, min, max, size);
      } else {
        value = +value;
      }
      checkPlace(this, offset, size);
      view(this)[set](offset, value, little);
      return offset + size;
    },
  };
  for (const [method, body] of Object.entries(methods)) {
    target[method] = body;
    if (method.includes('UInt')) target[method.replace('UInt', 'Uint')] = body;
  }
}

function checkLength(length) {
  if (length === undefined) throw invalidArgType('byteLength', 'number', length);
  if (typeof length !== 'number') throw invalidArgType('byteLength', 'number', length);
  if (!Number.isInteger(length)) throw outOfRange('byteLength', 'an integer', length);
  if (length < 1 || length > 6) throw outOfRange('byteLength', '>= 1 and <= 6', length);
}

function sized(target, signed, little) {
  const name = `${signed ? 'Int' : 'UInt'}${little ? 'LE' : 'BE'}`;
  const methods = {
    [`read${name}`](offset, length) {
      if (offset === undefined) throw invalidArgType('offset', 'number', offset);
      checkLength(length);
      checkPlace(this, offset, length);
      let value = 0;
      for (let at = 0; at < length; at++) value = value * 256 + this[little ? offset + length - 1 - at : offset + at];
      return signed && value >= 2 ** (length * 8 - 1) ? value - 2 ** (length * 8) : value;
    },
    [`write${name}`](value, offset, length) {
      checkLength(length);
      value = +value;
      checkOffset(offset);
      const bits = length * 8;
      if (signed) checkValue(value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, length);
      else checkValue(value, 0, 2 ** bits - 1, length);
      checkPlace(this, offset, length);
      let rest = value < 0 ? value + 2 ** bits : value;
      for (let at = 0; at < length; at++) {
        this[little ? offset + at : offset + length - 1 - at] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return offset + length;
    },
  };
  for (const [method, body] of Object.entries(methods)) {
    target[method] = body;
    if (!signed) target[method.replace('UInt', 'Uint')] = body;
  }
}

module.exports = (prototype) => {
  for (const [name, dataName, size, min, max] of FIXED) {
    for (const little of size === 1 ? [true] : [true, false]) fixed(prototype, name, dataName, size, min, max, little);
  }
  for (const signed of [true, false]) for (const little of [true, false]) sized(prototype, signed, little);
};
