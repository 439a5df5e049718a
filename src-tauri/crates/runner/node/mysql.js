// npm `mysql`: the real package over a socket whose far end is the host.
'use strict';
const { remembering } = require('./mysql-socket.cjs');

const mysql = require('mysql');
const Connection = require('mysql/lib/Connection');

// The host has done TLS before the greeting was played back.
Connection.prototype._startTLS = function _startTLS(onSecure) {
  onSecure(this._socket.tlsError());
};

Connection.prototype.format = remembering(Connection.prototype.format);
mysql.format = remembering(mysql.format);

// For internal/package-files: the same objects, so that what a script puts on a prototype works.
host.mysqlFiles = {
  Connection,
  get Pool() { return require('./node_modules/mysql/lib/Pool.js'); },
  get PoolCluster() { return require('./node_modules/mysql/lib/PoolCluster.js'); },
  get PoolConnection() { return require('./node_modules/mysql/lib/PoolConnection.js'); },
  get 'protocol/SqlString'() { return require('./node_modules/mysql/lib/protocol/SqlString.js'); },
};

module.exports = mysql;
