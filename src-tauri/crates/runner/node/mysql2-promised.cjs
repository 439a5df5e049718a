// Statements of `mysql2/promise` that nobody sees but by their promise: no Query with its events is made for them. What is not as
// simple as rows (errors, results without rows, a stream that is paused) goes to a Query after all, made when its packet comes.
'use strict';
const { Reply, readSet } = require('./mysql2-direct.cjs');
const BaseConnection = require('./node_modules/mysql2/lib/base/connection.js');
const Query = require('./node_modules/mysql2/lib/commands/query.js');
const makeDoneCb = require('./node_modules/mysql2/lib/promise/make_done_cb.js');

const { addCommand, query: ask } = BaseConnection.prototype;

/** What a connection has in place of its command. */
class Statement {
  constructor(sql, values, onResult) {
    this.sql = sql;
    this.values = values;
    this.onResult = onResult;
  }

  /** The packet that has come is read by the package's Query, from now on the connection's command. */
  execute(packet, connection) {
    const { rowsAsArray, infileStreamFactory } = connection.config;
    const given = { rowsAsArray, infileStreamFactory, sql: this.sql, values: this.values };
    const query = new Query(given, this.onResult);
    query._connection = connection;
    query.options = { __proto__: connection.config, ...given };
    query.next = query.resultsetHeader;
    connection._command = query;
    return query.execute(packet, connection);
  }
}

/** Whether a statement may go this way now: nothing is under way, and nobody has changed how statements go. */
function isFree(connection) {
  const { config } = connection;
  return !connection._command && !connection._paused && !connection._closing && !connection._fatalError && connection.stream.direct === true
    && connection.clientEncoding === 'utf8' && !config.debug && !config.namedPlaceholders && typeof config.typeCast !== 'function'
    && connection.addCommand === addCommand && connection.query === ask;
}

/** The rows of all sets, and their fields, as `onResult` gets them. */
function answer(connection, statement, sets) {
  const { config } = connection;
  const read = sets.map((set) => readSet(set, config, connection));
  const [rows, fields] = read.length === 1 ? read[0] : [read.map(([each]) => each), read.map(([, each]) => each)];
  host.nextTick(() => statement.onResult(null, rows, fields));
  connection._command = connection._commands.shift();
  if (connection._command) {
    connection.sequenceId = 0;
    connection.compressedSequenceId = 0;
    connection.handlePacket();
  }
}

function send(connection, statement) {
  connection._resetSequenceId();
  connection.sequenceId = 1;
  connection._command = statement;
  connection.stream.ask(statement.sql, (sets) => {
    if (connection._command !== statement || connection._paused || connection._fatalError) {
      connection.handlePacket(new Reply(connection.sequenceId, sets));
      return;
    }
    connection._bumpSequenceId(1);
    try {
      answer(connection, statement, sets);
    } catch (error) {
      connection._handleFatalError(error);
      connection.stream.destroy();
    }
  });
}

/** For the package's PromiseConnection: `prototype` is changed in place. */
module.exports = ({ prototype }) => {
  const packaged = prototype.query;

  prototype.query = function query(sql, params) {
    const { connection } = this;
    if (typeof sql !== 'string' || !(params === undefined || Array.isArray(params)) || !isFree(connection)) {
      return packaged.call(this, sql, params);
    }
    const place = connection.config.trace ? host.place(prototype.query) : undefined;
    const holder = place && { get stack() { return place(); } };
    return new this.Promise((resolve, reject) => {
      const text = connection.format(sql, params ?? []);
      send(connection, new Statement(text, params, makeDoneCb(resolve, reject, holder)));
    });
  };
};
