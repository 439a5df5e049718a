// `pg-types`: the one that pg reads with, so that a parser set here is set there.
'use strict';
module.exports = require('pg').types;
