// `url`, for scripts that connect by a URL.
'use strict';
exports.parse = (...given) => require('node:url').parse(...given);
exports.URL = require('./mysql-lazy.cjs').lazyClass(() => require('node:url').URL);
