// The defaults of the driver that queries go through; formatting looks there for the time zone of dates.
'use strict';
module.exports = require('pg').defaults;
