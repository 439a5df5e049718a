// Statements of `pg` without the detour over the protocol's messages: a text with its values is one request to the host, and the
// host's rows become the package's Result at once. What is not as simple (notices, several results, faults, a value that a parser
// refuses) is asked for in the same way, and its reply then goes through the package's own Query.
'use strict';
const types = require('pg-types');
const { Field } = require('pg-protocol');
const Query = require('./node_modules/pg/lib/query.js');
const Result = require('./node_modules/pg/lib/result.js');
const TypeOverrides = require('./node_modules/pg/lib/type-overrides.js');
const { prepareValue } = require('./node_modules/pg/lib/utils.js');
const { written } = require('internal/written');

const { submit } = Query.prototype;
const { getTypeParser } = types;

/** How often a parser was set, and the clients' tables that have parsers of their own. */
let changes = 0;
const own = new WeakSet();

const setParser = types.setTypeParser;
types.setTypeParser = function setTypeParser(oid, format, parseFn) {
  changes += 1;
  return setParser(oid, format, parseFn);
};
const override = TypeOverrides.prototype.setTypeParser;
TypeOverrides.prototype.setTypeParser = function (oid, format, parseFn) {
  own.add(this);
  return override.call(this, oid, format, parseFn);
};

/** Parsers and an empty row by the list of columns, which is the same array for the same columns. */
const known = new WeakMap();

function readerOf(columns, table) {
  const shared = table._types === types && types.getTypeParser === getTypeParser && !own.has(table);
  const found = shared ? known.get(columns) : undefined;
  if (found !== undefined && found.changes === changes) return found;
  const empty = Object.create(null);
  for (const { name } of columns) empty[name] = null;
  const parsers = columns.map((column) => table.getTypeParser(column.type_code, 'text'));
  const reader = { changes, parsers, names: columns.map(({ name }) => name), empty: { ...empty } };
  if (shared) known.set(columns, reader);
  return reader;
}

/** The tag that was read last, and what it says. */
let lastTag = null;
const said = new Result();

function readTag(tag, result) {
  if (tag !== lastTag) {
    said.command = said.oid = said.rowCount = null;
    said.addCommandComplete({ text: tag });
    lastTag = tag;
  }
  result.command = said.command;
  result.oid = said.oid;
  result.rowCount = said.rowCount;
}

/** A set of rows as the package's Result; a parser may throw. */
function resultOf({ columns, rows, tag }, table) {
  const { parsers, names, empty } = readerOf(columns, table);
  const result = new Result(undefined, table);
  const { fields } = result;
  for (let at = 0; at < columns.length; at += 1) {
    const { name, table_id, column_id, type_code, size, modifier } = columns[at];
    fields.push(new Field(name, table_id, column_id | 0, type_code, size, modifier, 'text'));
  }
  result._parsers = parsers;
  result._prebuiltEmptyResultObject = empty;
  for (let at = 0; at < rows.length; at += 1) {
    const cells = rows[at];
    const row = { ...empty };
    for (let cell = 0; cell < cells.length; cell += 1) {
      const value = cells[cell];
      row[names[cell]] = value === null ? null : parsers[cell](value);
    }
    result.rows.push(row);
  }
  readTag(tag, result);
  return result;
}

/** Whether a reply is rows of one statement, with nothing beside them. */
function isPlain({ result, sets }) {
  return result === 'rows' && sets.length === 1 && sets[0].returns_rows && sets[0].tag != null && !(sets[0].notices?.length > 0);
}

/** A statement under way, in place of a Query until somebody asks for that. */
class Statement {
  constructor(text, values, callback) {
    this.text = text;
    this.values = values;
    this.callback = callback;
  }

  /** The package's own. */
  query(client) {
    const query = new Query(this.text, this.values, this.callback);
    query._result._types = client._types;
    return query;
  }
}

/** Parameters as the host knows them; none where only the general way can tell: bytes, and what cannot be prepared. */
function parametersOf(values) {
  const parameters = [];
  try {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at];
      const prepared = typeof value === 'string' ? value : prepareValue(value);
      if (prepared === null) parameters.push('null');
      else if (typeof prepared === 'string') parameters.push({ text: prepared });
      else return null;
    }
  } catch {
    return null;
  }
  return parameters;
}

/** Whether a statement may go this way now. */
function isFree(client) {
  return client.readyForQuery === true && client._queryQueue.length === 0 && client._queryable && !client._ending && !client.pipeline
    && !client.binary && !client.connectionParameters.query_timeout && client.connection._client != null && !client.connection._ended
    && Query.prototype.submit === submit;
}

function send(client, statement, parameters) {
  const { connection } = client;
  const protocol = parameters.length > 0 ? 'prepared' : 'simple';
  const request = { op: 'query', client: connection._client, sql: statement.text, parameters, protocol };
  // Where `pg-promise` put the values in.
  if (protocol === 'simple') request.written = written(statement.text);
  client.readyForQuery = false;
  client.hasExecuted = true;
  client._activeQuery = statement;
  host.request('pg query', request, (reply) => {
    if (connection._ended) return;
    let result = null;
    if (client._activeQuery === statement && isPlain(reply)) {
      try {
        result = resultOf(reply.sets[0], client._types);
      } catch {
        // The package's Query finds it again and tells it its way.
      }
    }
    if (result === null) {
      client._getActiveQuery();
      connection._replay(reply, protocol, true);
      return;
    }
    client._activeQuery = null;
    client._txStatus = connection._status = reply.transaction ?? 'I';
    client.readyForQuery = true;
    try {
      statement.callback(null, result);
    } catch (error) {
      process.nextTick(() => { throw error; });
    }
    client._pulseQueryQueue();
  });
}

module.exports = { Statement, isFree, parametersOf, send };
