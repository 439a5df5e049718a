// npm `mysql`'s table of error names, and the names of our own refusals.
'use strict';
const { NAMES } = require('./mysql-numbers.cjs');
module.exports = require('./mysql-lazy.cjs').lazyTable(() => require('internal/mysql-errors'), NAMES);
