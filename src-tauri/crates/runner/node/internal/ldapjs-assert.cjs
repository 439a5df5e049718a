// What ldapjs and its packages want of `assert`: the real one comes in when a check fails, to word it.
'use strict';
const failing = (name, values) => require('node:assert')[name](...values);

const assert = (...values) => { if (!values[0]) failing('ok', values); };
assert.ok = assert;
// The comparisons are `==`, as in Node.
// eslint-disable-next-line eqeqeq
assert.equal = (...values) => { if (!(values[0] == values[1])) failing('equal', values); };
// eslint-disable-next-line eqeqeq
assert.notEqual = (...values) => { if (values[0] == values[1]) failing('notEqual', values); };
assert.strictEqual = (...values) => { if (!Object.is(values[0], values[1])) failing('strictEqual', values); };
assert.fail = (...values) => failing('fail', values);
Object.defineProperty(assert, 'AssertionError', { get: () => require('node:assert').AssertionError });

module.exports = assert;
