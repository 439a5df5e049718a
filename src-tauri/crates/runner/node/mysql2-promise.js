'use strict';
module.exports = require('internal/mysql2').promise;
