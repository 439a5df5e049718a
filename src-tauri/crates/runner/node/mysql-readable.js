// npm `readable-stream` as `mysql` imports it: the class itself.
'use strict';
module.exports = require('stream').Readable;
