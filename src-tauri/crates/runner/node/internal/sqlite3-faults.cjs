// Errors of `sqlite3`, and the arguments it takes by place.
'use strict';

const BUSY = 5;
const MISUSE = 21;

function failure(name, errno, message) {
  return Object.assign(new Error(`${name}: ${message}`), { errno, code: name });
}

const misuse = (message) => failure('SQLITE_MISUSE', MISUSE, message);

/** A fault of the host as `sqlite3`'s error. */
function errorOf({ message, code, fields }) {
  const error = new Error(message);
  if (fields.errno !== undefined) error.errno = fields.errno;
  if (code) error.code = code;
  return error;
}

const isFunction = (value) => typeof value === 'function';

/** The callback that may stand at a place; anything else there is a mistake. */
function optionalFunction(args, place) {
  const value = args[place];
  if (value !== undefined && !isFunction(value)) throw new TypeError(`Argument ${place} must be a function`);
  return value;
}

module.exports = { BUSY, failure, misuse, errorOf, isFunction, optionalFunction };
