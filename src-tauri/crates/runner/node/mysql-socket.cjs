// Stands in for Node's `net` under npm `mysql` and `mysql2`: a socket whose far end is a MySQL server made of host requests.
// The packages stay as they are, protocol included. They say who they are and what they ask; the host logs in (the password goes
// to it directly, never as a packet), asks the real server, and its answers come back as packets.
'use strict';
const { Buffer } = require('buffer');
const { EventEmitter } = require('events');
const packets = require('./mysql-packets.cjs');
const results = require('./mysql-results.cjs');
const { OURS } = require('./mysql-numbers.cjs');
const { Reader, countPlaceholders, execution } = require('./mysql-commands.cjs');

const CAPABILITY = { LONG_PASSWORD: 1, SSL: 1 << 11, SESSION_TRACK: 1 << 23 };
/** Offers of the real server that end at the host: compression, MFA, query attributes, results without EOF. */
const NOT_BRIDGED = (1 << 5) | (1 << 24) | (1 << 27) | (1 << 28);
const EXTENDED_METADATA = 8;

/** What a server that refuses us would have said first, for a package that reads it before it hears the error. */
const UNSEEN = { server_version: '5.5.5-10.0.0-MariaDB', thread_id: 0, capabilities: 0x80fff7fe | CAPABILITY.SSL, extended_capabilities: 0, charset: 45, status: 2 };

/** Encodings in which mysql2 writes a byte for each letter, as Node's `latin1` does. */
const ONE_BYTE = new Set(['latin1', 'ascii', 'binary']);

/** Texts into which a package put values, with the text as the script wrote it. */
const written = new Map();

/** A formatter that remembers what it was given: injection is judged by the script's own text. */
function remembering(format) {
  return function remembered(sql, ...rest) {
    const formatted = format.call(this, sql, ...rest);
    if (typeof sql === 'string' && formatted !== sql) {
      if (written.size >= 100) written.delete(written.keys().next().value);
      written.set(formatted, sql);
    }
    return formatted;
  };
}

class HostSocket extends EventEmitter {
  constructor(config, encoding = 'utf8') {
    super();
    this.destroyed = false;
    this.writable = true;
    const hidden = { config, encoding: ONE_BYTE.has(encoding) ? 'latin1' : 'utf8', client: null, closed: null, tlsFault: null, extended: false, state: 'connecting', incoming: [], reading: null, sequence: 0, flags: 0, held: null, fault: null, statements: new Map(), lastStatement: 0, timer: null, asked: new Set() };
    for (const [name, value] of Object.entries(hidden)) Object.defineProperty(this, `_${name}`, { value, writable: true });
    this._open((reply) => this._opened(reply));
  }

  // What the packages call

  write(chunk, callback) {
    if (!this.destroyed) {
      this._incoming.push(chunk);
      // As with a real socket, nothing is answered within the call that writes.
      this._reading ??= host.setImmediate(() => {
        this._reading = null;
        if (!this.destroyed) this._read();
      });
    }
    if (callback) process.nextTick(callback, null);
    return true;
  }

  end() {
    this._close(true);
    return this;
  }

  destroy(error) {
    if (error) process.nextTick(() => this.emit('error', error));
    // As in Node nothing waits for what is under way; the server may go on with it.
    for (const asked of this._asked) host.forget(asked);
    this._close(false);
    return this;
  }

  setTimeout(ms, callback) {
    clearTimeout(this._timer);
    if (ms > 0) this._timer = setTimeout(callback, ms);
    return this;
  }

  pause() {
    this._held ??= [];
    return this;
  }

  resume() {
    const held = this._held;
    this._held = null;
    held?.forEach((chunk) => this._deliver(chunk));
    return this;
  }

  /** What went wrong with TLS; null when it went well. The host has done it by the time a package asks for it. */
  tlsError() {
    return this._tlsFault ? new Error(this._tlsFault.message) : null;
  }

  setKeepAlive() { return this; }
  setNoDelay() { return this; }
  ref() {
    if (this._client !== null) this._closed ??= host.opened();
    return this;
  }

  unref() {
    this._closed?.();
    this._closed = null;
    return this;
  }

  // Opening

  _open(callback) {
    const config = this._config;
    const parameters = {
      host: text(config.host), port: Number(config.port), user: text(config.user ?? ''), database: text(config.database ?? ''),
      client_flags: config.clientFlags >>> 0, charset_number: config.charsetNumber, encoding: this._encoding, ssl: plainTls(config.ssl),
      extended_metadata: config.connectAttributes !== undefined, cleartext: config.enableCleartextPlugin === true,
    };
    if (config.password != null) parameters.password = text(config.password);
    if (config.connectAttributes) parameters.connect_attributes = config.connectAttributes;
    // The package's own clock speaks first, in its own words.
    if (config.connectTimeout > 0) parameters.connect_timeout_ms = Number(config.connectTimeout) + 500;
    if (config.socketPath) host.warn('mysql_socket_path', 'mysql: socketPath is ignored; the platform reaches no socket files, host and port count.');
    host.request('mysql connect', { op: 'connect', store: 'mysql', parameters }, callback);
  }

  _opened(reply) {
    if (reply.result === 'connected') {
      this._client = reply.client;
      this.ref();
    }
    if (this.destroyed) {
      this._release();
      return;
    }
    let info = reply.info;
    if (reply.result !== 'connected') {
      const { fault } = reply;
      const fromServer = fault.fields.errno > 0;
      if (!fromServer && fault.fields.plugin === undefined && fault.kind !== 'tls') {
        this._lost(fault);
        return;
      }
      this._fault = fault;
      info = UNSEEN;
      if (fault.kind === 'tls') this._tlsFault = fault;
      if (fault.code === 'HANDSHAKE_NO_SSL_SUPPORT') info = { ...UNSEEN, capabilities: UNSEEN.capabilities & ~CAPABILITY.SSL };
    }
    this.emit('connect');
    this._state = 'greeted';
    if (this._fault?.fields.errno > 0 && this._fault.fields.sqlState === undefined) {
      // Refused before any greeting, e.g. too many connections.
      this._send(packets.error(this._fault.fields.errno, undefined, this._fault.message, this._encoding));
      this._hangUp();
      return;
    }
    const extended = this._config.connectAttributes === undefined ? 0 : info.extended_capabilities & EXTENDED_METADATA;
    this._extended = extended !== 0 && (info.capabilities & CAPABILITY.LONG_PASSWORD) === 0;
    this._send(packets.greeting({ ...info, capabilities: info.capabilities & ~NOT_BRIDGED, extended_capabilities: extended }));
  }

  _greeted(payload) {
    const flags = payload.readUInt32LE(0);
    if (payload.length === 32 && flags & CAPABILITY.SSL) return; // the host has done TLS; the login follows
    this._flags = flags;
    const fault = this._fault;
    if (fault?.fields.plugin !== undefined) {
      this._state = 'switched';
      this._send(fault.fields.plugin === 'mysql_old_password' ? Buffer.from([0xfe])
        : Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${fault.fields.plugin}\0${'a'.repeat(20)}\0`, 'latin1')]));
      return;
    }
    if (fault) {
      this._refuse(fault);
      this._hangUp();
      return;
    }
    this._state = 'open';
    this._send(packets.ok({ warnings: 0 }, 2, false));
  }

  // The client's packets

  _read() {
    const buffer = this._incoming.length === 1 ? this._incoming[0] : Buffer.concat(this._incoming);
    this._incoming = []; // answers below may bring the next packet
    const parts = [];
    let used = 0;
    for (let offset = 0; buffer.length - offset >= 4;) {
      const length = buffer[offset] | (buffer[offset + 1] << 8) | (buffer[offset + 2] << 16);
      if (buffer.length - offset - 4 < length) break;
      parts.push(buffer.subarray(offset + 4, offset + 4 + length));
      this._sequence = (buffer[offset + 3] + 1) & 255;
      offset += 4 + length;
      if (length < 0xffffff) {
        used = offset;
        this._packet(parts.length === 1 ? parts[0] : Buffer.concat(parts));
        parts.length = 0;
      }
    }
    if (used < buffer.length) this._incoming.unshift(buffer.subarray(used));
  }

  _packet(payload) {
    if (this._state === 'greeted') this._greeted(payload);
    else if (this._state === 'open') this._command(payload);
  }

  _command(payload) {
    const argument = () => payload.toString(this._encoding, 1);
    switch (payload[0]) {
      case 0x01: return this._close(true);
      case 0x02: return this._query(`USE \`${argument().replaceAll('`', '``')}\``);
      case 0x03: return this._query(argument());
      case 0x0e: return this._send(packets.ok({ warnings: 0 }, 2, this._tracks));
      case 0x11: return this._changeUser(payload);
      case 0x16: return this._prepare(argument());
      case 0x17: return this._execute(payload);
      case 0x19: return this._statements.delete(payload.readUInt32LE(1));
      case 0x1f: return this._query('ROLLBACK');
      default: return this._send(packets.error(1047, '08S01', 'Unknown command'));
    }
  }

  get _tracks() {
    return (this._flags & CAPABILITY.SESSION_TRACK) !== 0;
  }

  _query(sql) {
    this._ask(sql, [], 'simple');
  }

  /** Whether a statement may go past the packets: none of them waits to be read. */
  get direct() {
    return this._state === 'open' && !this.destroyed && this._incoming.length === 0;
  }

  /**
   * A statement past the packets, for mysql2-direct.cjs: `take` gets its result sets when all of them have rows. Any other answer
   * comes as packets, and so does one that comes while the stream is paused.
   */
  ask(sql, take) {
    this._sequence = 1;
    this._ask(sql, [], 'simple', take);
  }

  _ask(sent, parameters, protocol, take) {
    const request = { op: 'query', client: this._client, sql: host.engine.wellFormed(sent), parameters, protocol };
    const template = written.get(sent);
    if (template !== undefined) {
      request.written = host.engine.wellFormed(template);
      written.delete(sent);
    }
    const asked = host.request('mysql query', request, (reply) => {
      this._asked.delete(asked);
      if (this.destroyed) return;
      if (take && !this._held && reply.result === 'rows' && reply.sets.length > 0 && reply.sets.every((set) => set.returns_rows)) take(reply.sets);
      else this._answer(reply, protocol);
    });
    this._asked.add(asked);
  }

  // The host prepares and executes in one step, so the prepare is answered here and its errors come with the execution.
  _prepare(sql) {
    const placeholders = countPlaceholders(sql);
    const id = this._lastStatement += 1;
    this._statements.set(id, { sql, placeholders, types: [] });
    const { bytes, next } = results.prepared(id, placeholders, this._extended, this._sequence);
    this._sequence = next;
    this._deliver(bytes);
  }

  _execute(payload) {
    const { id, statement, parameters } = execution(payload, this._statements, this._encoding);
    if (statement) this._ask(statement.sql, parameters, 'prepared');
    else this._send(packets.error(1243, 'HY000', `Unknown prepared statement handler (${id}) given to mysqld_stmt_execute`));
  }

  _changeUser(payload) {
    const read = new Reader(payload, 1);
    const user = read.untilZero();
    read.bytes(read.number(1));
    const database = read.untilZero();
    this._release();
    this._config = Object.assign(Object.create(this._config), { user, database });
    this._open((reply) => {
      if (reply.result === 'connected') {
        this._client = reply.client;
        this.ref();
        if (this.destroyed) this._release();
        else this._send(packets.ok({ warnings: 0 }, 2, false));
      } else if (reply.fault.fields.errno > 0) {
        this._refuse(reply.fault);
        this._hangUp();
      } else {
        this._lost(reply.fault);
      }
    });
  }

  // The host's answers

  _answer(reply, protocol) {
    const sets = reply.sets ?? [];
    const failed = reply.result !== 'rows';
    sets.forEach((set, index) => {
      const more = failed || index + 1 < sets.length ? packets.MORE_RESULTS : 0;
      this._set(set, (set.status & ~packets.MORE_RESULTS) | more, protocol);
    });
    if (!failed) {
      if (sets.length === 0) this._send(packets.ok({ warnings: 0 }, 2, this._tracks));
      return;
    }
    if (reply.fault.kind === 'connection' || reply.fault.kind === 'closed') this._lost(reply.fault);
    else this._refuse(reply.fault);
  }

  _set(set, status, protocol) {
    if (!set.returns_rows) {
      this._send(packets.ok(set, status, this._tracks));
      return;
    }
    const { bytes, next } = results.head(set, status, this._extended, this._sequence, this._encoding);
    this._deliver(bytes);
    this._sequence = results.rows(set, status, protocol, next, (chunk) => this._deliver(chunk));
  }

  _refuse({ kind, message, fields }) {
    if (OURS[kind] !== undefined) this._send(packets.error(OURS[kind], 'HY000', message, this._encoding));
    else this._send(packets.error(fields.errno ?? 1105, fields.sqlState ?? 'HY000', message, this._encoding));
  }

  _send(payload) {
    const [bytes, next] = packets.frame(payload, this._sequence);
    this._sequence = next;
    this._deliver(bytes);
  }

  _deliver(chunk) {
    if (this._held) this._held.push(chunk);
    else if (!this.destroyed) this.emit('data', chunk);
  }

  // Ending

  _release() {
    if (this._client === null) return;
    this.unref();
    const closing = host.request('mysql close', { op: 'close', client: this._client }, () => {});
    // It would wait for the statement.
    if (this._asked.size > 0) host.forget(closing);
    this._asked.clear();
    this._client = null;
  }

  /** `graceful`: the far end has said goodbye as well. */
  _close(graceful) {
    if (this.destroyed) return;
    this.destroyed = true;
    this.writable = false;
    this._state = 'closed';
    clearTimeout(this._timer);
    this._release();
    setImmediate(() => {
      if (graceful) this.emit('end');
      this.emit('close', false);
    });
  }

  /** The server closes the connection after its last packet. */
  _hangUp() {
    setImmediate(() => this._close(true));
  }

  _lost(fault) {
    if (fault.code === 'PROTOCOL_CONNECTION_LOST' || fault.kind === 'closed') {
      this._close(true);
      return;
    }
    this.destroyed = true;
    this.writable = false;
    clearTimeout(this._timer);
    this._release();
    this.emit('error', systemError(fault));
    setImmediate(() => this.emit('close', true));
  }
}

/** An error of Node's own sockets, or of the policy. */
function systemError({ message, code, fields: { errors, errno, ...others } }) {
  const dress = (error, number, name, rest) => {
    if (number !== undefined) error.errno = number;
    if (name != null) error.code = name;
    return Object.assign(error, rest);
  };
  if (!Array.isArray(errors)) return dress(new Error(message), errno, code, others);
  const all = errors.map(({ message: words, code: name, errno: number, ...rest }) => dress(new Error(words), number, name, rest));
  return dress(new AggregateError(all), errno, code, others);
}

/** What the host needs of `ssl`; certificates may be text, a Buffer, or a list of either. */
function plainTls(ssl) {
  if (!ssl) return false;
  const pem = (value) => (Array.isArray(value) ? value.map(pem) : Buffer.isBuffer(value) ? value.toString('utf8') : value);
  const { rejectUnauthorized, verifyIdentity, servername, ca, cert, key } = ssl;
  if (rejectUnauthorized === false) {
    host.warn('tls_not_verified', 'mysql: ssl.rejectUnauthorized is false, so the server is not verified: anybody between may read and change what is sent; give ssl.ca instead');
  }
  return { rejectUnauthorized: rejectUnauthorized !== false, verifyIdentity: verifyIdentity === true, servername, ca: pem(ca), cert: pem(cert), key: pem(key) };
}

function text(value) {
  return host.engine.wellFormed(String(value));
}

/** `net.createConnection` and `net.connect`, given the package's whole config in place of port and host. */
const connect = (config, encoding) => new HostSocket(config, encoding);

module.exports = { connect, createConnection: connect, isIP: () => 0, Socket: HostSocket, remembering };
