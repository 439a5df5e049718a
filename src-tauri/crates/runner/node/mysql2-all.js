// npm `mysql2` and `mysql2/promise`, which share their classes: the real package over a socket whose far end is the host.
'use strict';
const { remembering } = require('./mysql-socket.cjs');

const BaseConnection = require('./node_modules/mysql2/lib/base/connection.js');

// The host has done TLS before the greeting was played back.
BaseConnection.prototype.startTLS = function startTLS(onSecure) {
  onSecure(this.stream.tlsError() ?? undefined);
};

require('./mysql2-direct.cjs').overPackets(require('./node_modules/mysql2/lib/commands/query.js'));

BaseConnection.prototype.format = remembering(BaseConnection.prototype.format);

const remembered = (api) => Object.assign(api, { format: remembering(api.format) });

let callback = null;
let promise = null;

module.exports = {
  get callback() {
    return (callback ??= remembered(require('./node_modules/mysql2/index.js')));
  },
  get promise() {
    if (promise === null) {
      promise = remembered(require('./node_modules/mysql2/promise.js'));
      require('./mysql2-promised.cjs')(require('./node_modules/mysql2/lib/promise/connection.js'));
    }
    return promise;
  },
};
