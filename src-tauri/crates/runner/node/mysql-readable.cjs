// npm `readable-stream` as `mysql` imports it: the class itself.
'use strict';
module.exports = require('./mysql-stream.cjs').Readable;
