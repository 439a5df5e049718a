// Errors as Node makes them: `code` as own property, `[CODE]` in the stack's first line but not in `name`.
'use strict';

function nodeError(Base, code, message) {
  const error = new Base(message);
  Object.defineProperty(error, 'code', { value: code, writable: true, enumerable: true, configurable: true });
  const { name } = error;
  if (typeof error.stack === 'string' && error.stack.startsWith(`${name}:`)) {
    Object.defineProperty(error, 'stack', {
      value: `${name} [${code}]${error.stack.slice(name.length)}`, writable: true, enumerable: false, configurable: true,
    });
  }
  Object.defineProperty(error, 'toString', {
    value() { return `${this.name} [${code}]: ${this.message}`; }, writable: true, enumerable: false, configurable: true,
  });
  return error;
}

/** " Received …", as Node ends its ERR_INVALID_ARG_TYPE messages. */
function received(value) {
  if (value == null) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  const { inspect } = require('internal/inspect');
  if (typeof value === 'object') {
    return value.constructor?.name ? ` Received an instance of ${value.constructor.name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value, { colors: false });
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${text})`;
}

const listed = (items, last) => (items.length > 2 ? `${items.slice(0, -1).join(', ')}, ${last} ${items.at(-1)}` : items.join(` ${last} `));

const TYPES = new Set(['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol']);

/** ERR_INVALID_ARG_TYPE. `expected` holds primitive type names and class names, as in Node's sources. */
function invalidArgType(name, expected, actual) {
  const all = [].concat(expected);
  const others = all.filter((type) => /^an? /.test(type));
  const types = all.filter((type) => TYPES.has(type.toLowerCase())).map((type) => type.toLowerCase());
  const classes = all.filter((type) => /^[A-Z]/.test(type) && !TYPES.has(type.toLowerCase()));
  if (types.includes('object') && classes.length > 0) {
    types.splice(types.indexOf('object'), 1);
    classes.push('Object');
  }
  const parts = [];
  if (types.length > 0) parts.push(types.length > 1 ? `one of type ${listed(types, 'or')}` : `of type ${types[0]}`);
  if (classes.length > 0) parts.push(`an instance of ${listed(classes, 'or')}`);
  parts.push(...others);
  const kind = name.includes('.') ? 'property' : 'argument';
  const subject = name.endsWith(' argument') ? `The ${name}` : `The "${name}" ${kind}`;
  return nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `${subject} must be ${parts.join(' or ')}.${received(actual)}`);
}

/** ERR_INVALID_ARG_VALUE */
function invalidArgValue(name, value, reason = 'is invalid', Base = TypeError) {
  const { inspect } = require('internal/inspect');
  let text = inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  return nodeError(Base, 'ERR_INVALID_ARG_VALUE', `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${text}`);
}

const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, '_');

/** ERR_OUT_OF_RANGE */
function outOfRange(name, range, value) {
  const { inspect } = require('internal/inspect');
  let text;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) text = grouped(String(value));
  else if (typeof value === 'bigint') text = `${value > 2n ** 32n || value < -(2n ** 32n) ? grouped(String(value)) : value}n`;
  else text = inspect(value);
  return nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${range}. Received ${text}`);
}

function checkFunction(value, name) {
  if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
}
function checkString(value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}
function checkInteger(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

module.exports = { nodeError, received, invalidArgType, invalidArgValue, outOfRange, checkFunction, checkString, checkInteger };
