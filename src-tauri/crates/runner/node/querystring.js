'use strict';
module.exports = require('querystring/');
