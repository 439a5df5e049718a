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

module.exports = mysql;
