// `net` for tedious: sockets that the host opens, and whose messages it knows.
'use strict';
module.exports = require('internal/store-socket').socketsOf('sqlserver', 'tedious').net;
