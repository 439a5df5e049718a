// npm `bignumber.js`, for lengths beyond 2^53 only.
'use strict';
module.exports = require('./mysql-lazy.cjs').lazyClass(() => require('internal/bignumber'));
