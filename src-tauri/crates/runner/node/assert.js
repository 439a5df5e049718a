// The npm polyfill of Node's assert.
'use strict';
module.exports = require('assert/build/assert');
