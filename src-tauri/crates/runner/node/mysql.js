// npm `mysql`: the real package over a socket whose far end is the host.
'use strict';
const { OURS, remembering } = require('./mysql-socket.cjs');

const mysql = require('mysql');
const Connection = require('mysql/lib/Connection');
const errors = require('mysql/lib/protocol/constants/errors');

for (const [kind, number] of Object.entries(OURS)) errors[number] = `ERR_SLUICE_${kind.toUpperCase()}`;

// The host has done TLS before the greeting was played back.
Connection.prototype._startTLS = function _startTLS(onSecure) {
  onSecure(this._socket.tlsError());
};

Connection.prototype.format = remembering(Connection.prototype.format);
mysql.format = remembering(mysql.format);

module.exports = mysql;
