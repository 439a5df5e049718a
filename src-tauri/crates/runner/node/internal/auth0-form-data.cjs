'use strict';
module.exports = require('./auth0-late.cjs')('form-data');
