// The Result of pg-cursor is pg's own.
'use strict';
module.exports = require('pg').Result;
