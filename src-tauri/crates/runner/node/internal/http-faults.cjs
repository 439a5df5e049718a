// A fault of the host as the error that Node's socket gives.
'use strict';

function faultError({ message, code, fields }) {
  const { errno, code: _, ...rest } = fields;
  const error = new Error(message);
  if (errno !== undefined) error.errno = errno;
  if (code != null) error.code = code;
  return Object.assign(error, rest);
}

module.exports = { faultError };
