// What the driver's connection strings want of `whatwg-url`.
'use strict';
const { URL, URLSearchParams } = require('internal/url');
module.exports = { URL, URLSearchParams };
