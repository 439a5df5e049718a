// npm `tedious`: the real package over sockets whose far end is the host, in its present style and in that of versions before 9.
'use strict';
const tedious = require('tedious');
const { asTexts, isOld, modern } = require('./internal/tedious-old.cjs');

class Connection extends tedious.Connection {
  #isOld = false;

  constructor(config) {
    const old = isOld(config);
    super(old ? modern(config) : config);
    this.#isOld = old;
    if (!old) return;
    process.nextTick(() => {
      if (this.state === this.STATE.INITIALIZED) this.connect();
    });
  }

  execSql(request) {
    if (this.#isOld) asTexts(request);
    return super.execSql(request);
  }

  callProcedure(request) {
    if (this.#isOld) asTexts(request);
    return super.callProcedure(request);
  }
}

function connect(config, listener) {
  const connection = new Connection(config);
  connection.connect(listener);
  return connection;
}

const { BulkLoad, ConnectionError, ISOLATION_LEVEL, Request, RequestError, TDS_VERSION, TYPES, library } = tedious;
module.exports = {
  BulkLoad, Connection, ConnectionError, ISOLATION_LEVEL, Request, RequestError, TDS_VERSION, TYPES, connect, library,
  // The name of TYPES in the oldest templates.
  Types: TYPES,
};
