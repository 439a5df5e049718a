// npm `mysql2` and `mysql2/promise`, which share their classes: the real package over a socket whose far end is the host.
'use strict';
const { OURS, remembering } = require('./mysql-socket.cjs');

const callback = require('./node_modules/mysql2/index.js');
const promise = require('./node_modules/mysql2/promise.js');
const BaseConnection = require('./node_modules/mysql2/lib/base/connection.js');
const errors = require('./node_modules/mysql2/lib/constants/errors.js');

for (const [kind, number] of Object.entries(OURS)) errors[number] = `ERR_SLUICE_${kind.toUpperCase()}`;

// The host has done TLS before the greeting was played back.
BaseConnection.prototype.startTLS = function startTLS(onSecure) {
  onSecure(this.stream.tlsError() ?? undefined);
};

BaseConnection.prototype.format = remembering(BaseConnection.prototype.format);
callback.format = remembering(callback.format);
promise.format = remembering(promise.format);

module.exports = { callback, promise };
