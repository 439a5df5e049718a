// `stream`: the packages' protocols are event emitters and no more; streams of rows load the real thing.
'use strict';
exports.Stream = require('events').EventEmitter;
exports.Readable = require('./mysql-lazy.cjs').lazyClass(() => require('node:stream').Readable);
