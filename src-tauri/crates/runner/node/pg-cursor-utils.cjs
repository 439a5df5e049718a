// pg-cursor writes values as pg does.
'use strict';
module.exports = require('pg').utils;
