// pg's Connection, with the host in place of a socket: same methods, same events in the same order. One statement is one
// request; the reply is played back as the server's messages, so that Client, Query and Result stay the package's own.
'use strict';
const { EventEmitter } = require('events');
const { DatabaseError, Field, NoticeMessage } = require('pg-protocol');
const { written } = require('internal/written');

/** Fields of a DatabaseError or notice, in the order in which pg's parser sets them. */
const FIELDS = ['severity', 'code', 'detail', 'hint', 'position', 'internalPosition', 'internalQuery', 'where', 'schema',
  'table', 'column', 'dataType', 'constraint', 'file', 'line', 'routine'];

/** What Client and Pool touch of a socket. */
class Stream extends EventEmitter {
  constructor(connection) {
    super();
    this.writable = true;
    Object.defineProperty(this, 'connection', { value: connection });
  }

  destroy(error) {
    this.connection._destroy(error);
    return this;
  }

  end() {
    this.connection._destroy();
  }

  cork() {}
  uncork() {}
  ref() {
    this.connection.ref();
    return this;
  }

  unref() {
    this.connection.unref();
    return this;
  }

  setNoDelay() { return this; }
  setKeepAlive() { return this; }
}

class Connection extends EventEmitter {
  constructor(config = {}) {
    super();
    this.stream = new Stream(this);
    this.parsedStatements = {};
    this.submittedNamedStatements = {};
    this.ssl = config.ssl || false;
    this._ending = false;
    const hidden = { _client: null, _closed: null, _status: 'I', _place: null, _startup: null, _statement: null, _replaying: false, _synced: false, _ended: false };
    for (const [name, value] of Object.entries(hidden)) {
      Object.defineProperty(this, name, { value, writable: true, enumerable: false });
    }
  }

  connect(port, host) {
    this._connecting = true;
    this._place = host === undefined ? { host: port } : { host, port };
    process.nextTick(() => { if (!this._ended) this.emit('connect'); });
  }

  requestSsl() {
    this.emit('sslconnect');
  }

  // The host does the whole start-up in one step; asking for the password first lets Client resolve one that is a function.
  startup(config) {
    this._startup = config;
    this.emit('authenticationCleartextPassword', { name: 'authenticationCleartextPassword', length: 8 });
  }

  password(password) {
    const { user, database, ...startup } = this._startup;
    const parameters = { ...this._place, user, database, startup, ssl: plainTls(this.ssl) };
    if (typeof password === 'string') parameters.password = wellFormed(password);
    if (this.connectTimeout > 0) parameters.connect_timeout_ms = this.connectTimeout;
    host.request('pg connect', { op: 'connect', store: 'postgres', parameters }, (reply) => this._connected(reply));
  }

  _connected(reply) {
    if (reply.result !== 'connected') {
      if (!this._ended) this._lost(reply.fault);
      return;
    }
    this._client = reply.client;
    this.ref();
    if (this._ended) {
      this._close(() => {});
      return;
    }
    this.emit('authenticationOk', { name: 'authenticationOk', length: 8 });
    for (const [parameterName, parameterValue] of Object.entries(reply.info)) {
      if (typeof parameterValue === 'string') {
        this.emit('parameterStatus', { name: 'parameterStatus', parameterName, parameterValue });
      }
    }
    this.emit('backendKeyData', { name: 'backendKeyData', length: 12, processID: reply.info.process_id ?? null, secretKey: null });
    this.emit('readyForQuery', { name: 'readyForQuery', length: 5, status: 'I' });
  }

  query(text) {
    this._send({ sql: text, parameters: [], protocol: 'simple' });
  }

  parse(query) {
    this._statement = { sql: query.text, parameters: [], protocol: 'prepared', bound: false };
  }

  // A statement that was parsed before is known by its name only.
  bind({ statement, values, binary, valueMapper }) {
    const sql = this._statement?.sql ?? this.parsedStatements[statement] ?? this.submittedNamedStatements[statement];
    const parameters = (values ?? []).map((value) => parameter(valueMapper ? valueMapper(value) : value));
    if (binary) host.warn('pg_text_results', 'pg: binary results were asked for; values come as text, which differs for a few types.');
    this._statement = { sql, parameters, protocol: 'prepared', bound: true };
  }

  describe() {}

  execute() {
    if (this._statement) this._statement.execute = true;
  }

  // Client closes what it could not bind.
  close() {
    this._statement = null;
  }

  flush() {
    this._dispatch(false);
  }

  sync() {
    if (this._replaying) this._synced = true;
    else this._dispatch(true);
  }

  _dispatch(synced) {
    const statement = this._statement;
    this._statement = null;
    if (statement?.execute) {
      this._send(statement, synced);
    } else if (synced) {
      process.nextTick(() => this._ready());
    }
  }

  _send({ sql, parameters, protocol }, synced = true) {
    if (this._ended) return;
    const request = { op: 'query', client: this._client, sql: wellFormed(sql), parameters, protocol };
    // Where `pg-promise` put the values in.
    if (protocol === 'simple') request.written = written(sql);
    host.request('pg query', request, (reply) => { if (!this._ended) this._replay(reply, protocol, synced); });
  }

  _replay(reply, protocol, synced) {
    this._replaying = true;
    this._synced = synced;
    this._status = reply.transaction ?? 'I';
    try {
      if (protocol === 'prepared' && reply.result === 'rows') {
        this.emit('parseComplete', { name: 'parseComplete', length: 5 });
        this.emit('bindComplete', { name: 'bindComplete', length: 5 });
      }
      for (const set of reply.sets ?? []) this._replaySet(set);
    } finally {
      this._replaying = false;
    }
    if (reply.result === 'rows') {
      // Without a Sync the server would wait for the next command; Client sends one for each command of a paged read.
      if (this._synced) this._ready();
      return;
    }
    const { fault } = reply;
    if (fault.kind === 'connection') {
      this._lost(fault);
    } else {
      this.emit('errorMessage', faultError(fault));
      this._ready();
    }
  }

  _replaySet(set) {
    for (const notice of set.notices ?? []) {
      const { message, length, ...fields } = notice;
      this.emit('notice', withFields(new NoticeMessage(length, message), fields));
    }
    if (set.returns_rows) {
      const fields = set.columns.map((column) => new Field(column.name, column.table_id, column.column_id | 0, column.type_code,
        column.size, column.modifier, 'text'));
      this.emit('rowDescription', { name: 'rowDescription', fieldCount: fields.length, fields });
      for (const row of set.rows) this.emit('dataRow', { name: 'dataRow', fieldCount: row.length, fields: row });
    }
    if (set.tag == null) this.emit('emptyQuery', { name: 'emptyQuery', length: 4 });
    else this.emit('commandComplete', { name: 'commandComplete', text: set.tag });
  }

  _ready() {
    if (!this._ended) this.emit('readyForQuery', { name: 'readyForQuery', length: 5, status: this._status });
  }

  // The server's last words come as its error, and the socket closes a moment later; a socket's error, or plain silence,
  // come from the system.
  _lost(fault) {
    if (fault.fields.severity !== undefined) {
      host.setTimer(() => this._finish(), 0);
      this.emit('errorMessage', faultError(fault));
      return;
    }
    if (fault.code || this._client === null) this.emit('error', faultError(fault));
    this._finish();
  }

  _destroy(error) {
    if (this._ended) return;
    if (this._client !== null) this._close(() => {});
    process.nextTick(() => {
      if (error && !this._ended) this.emit('error', error);
      this._finish();
    });
  }

  end() {
    this._ending = true;
    if (this._client === null) process.nextTick(() => this._finish());
    else this._close(() => this._finish());
  }

  _close(done) {
    const client = this._client;
    this.unref();
    this._client = null;
    host.request('pg close', { op: 'close', client }, done);
  }

  _finish() {
    if (this._ended) return;
    this._ended = true;
    this.unref();
    this.stream.writable = false;
    this.emit('end');
  }

  // A pool lets go of a client at rest.
  ref() {
    if (this._client !== null) this._closed ??= host.opened();
  }

  unref() {
    this._closed?.();
    this._closed = null;
  }

  cancel() {}
  sendCopyFromChunk() {}
  endCopyFrom() {}
  sendCopyFail() {}
}

/** The error pg gives: the server's own, or Node's for a socket. */
function faultError({ message, code, fields }) {
  if (fields.severity !== undefined) return withFields(new DatabaseError(message, fields.length, 'error'), fields);
  if (Array.isArray(fields.errors)) {
    const errors = fields.errors.map(({ message: text, ...rest }) => systemError(text, rest.code, rest));
    return Object.assign(new AggregateError(errors), { code });
  }
  return systemError(message, code, fields);
}

function systemError(message, code, { errno, code: _, ...rest }) {
  const error = new Error(message);
  if (errno !== undefined) error.errno = errno;
  if (code != null) error.code = code;
  return Object.assign(error, rest);
}

function withFields(target, fields) {
  for (const name of FIELDS) target[name] = fields[name];
  return target;
}

/** A value after pg's own `prepareValue`: null, bytes, or text. */
function parameter(value) {
  if (value == null) return 'null';
  if (value instanceof Buffer) return { bytes: value.toString('base64') };
  return { text: wellFormed(String(value)) };
}

/** Half a surrogate pair has no UTF-8; Node sends U+FFFD for it. */
function wellFormed(text) {
  return host.engine.wellFormed(text);
}

/** The `ssl` option as plain data. */
function plainTls(ssl) {
  if (!ssl || typeof ssl !== 'object') return Boolean(ssl);
  if (ssl.rejectUnauthorized === false) {
    host.warn('tls_not_verified', 'pg: ssl.rejectUnauthorized is false, so the server is not verified: anybody between may read and '
      + 'change what is sent. Give the server\'s certificate in ssl.ca instead.');
  }
  const plain = { rejectUnauthorized: ssl.rejectUnauthorized !== false };
  for (const name of ['ca', 'cert', 'key', 'servername']) {
    const value = ssl[name];
    if (value == null) continue;
    plain[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  if (typeof ssl.checkServerIdentity === 'function') plain.checkServerIdentity = false;
  return plain;
}

module.exports = Connection;
