// pg's Client; it tells the host how long a connection may take, so that a late answer does not keep the run alive.
'use strict';
const PackageClient = require('./node_modules/pg/lib/client.js');

module.exports = class Client extends PackageClient {
  _connect(callback) {
    this.connection.connectTimeout = this._connectionTimeoutMillis;
    return super._connect(callback);
  }
};
