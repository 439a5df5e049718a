// pg's Client; it tells the host how long a connection may take, so that a late answer does not keep the run alive, and sends
// simple statements directly.
'use strict';
const PackageClient = require('./node_modules/pg/lib/client.js');
const awaited = require('./internal/awaited.cjs');
const { Statement, isFree, parametersOf, send } = require('./pg-direct.cjs');

const NONE = [];

module.exports = class Client extends PackageClient {
  _connect(callback) {
    this.connection.connectTimeout = this._connectionTimeoutMillis;
    return super._connect(callback);
  }

  query(config, values, callback) {
    if (typeof config !== 'string' || config === '' || !isFree(this)) return super.query(config, values, callback);
    const done = callback || (typeof values === 'function' ? values : undefined);
    const given = Array.isArray(values) ? values : NONE;
    const parameters = (values && given === NONE && done !== values) || (done && typeof done !== 'function') ? null : parametersOf(given);
    if (parameters === null) return super.query(config, values, callback);
    if (done) {
      send(this, new Statement(config, given, done), parameters);
      return undefined;
    }
    const statement = new Statement(config, given, null);
    const tell = awaited(this.query);
    const result = new this._Promise((resolve, reject) => {
      statement.callback = (error, answer) => (error ? reject(error) : resolve(answer));
    }).catch((error) => {
      tell(error);
      throw error;
    });
    send(this, statement, parameters);
    return result;
  }

  // Whoever asks for the query under way gets the package's own.
  _getActiveQuery() {
    if (this._activeQuery instanceof Statement) this._activeQuery = this._activeQuery.query(this);
    return this._activeQuery;
  }
};
