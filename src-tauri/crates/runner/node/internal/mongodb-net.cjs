// `net` for the driver: sockets that the host opens, and whose messages it knows.
'use strict';
module.exports = require('internal/store-socket').socketsOf('mongodb', 'mongodb').net;
