// What ldapjs and its packages want of `util`, without loading it. They inspect every message for a log that hardly anybody
// reads: the text is made when somebody does.
'use strict';

function inherits(Class, Parent) {
  Object.defineProperty(Class, 'super_', { value: Parent, writable: true, configurable: true });
  Object.setPrototypeOf(Class.prototype, Parent.prototype);
}

const format = (...values) => require('node:util').format(...values);
const inspect = (value, options) => ({ toString: () => require('node:util').inspect(value, options) });

module.exports = { inherits, format, inspect };
