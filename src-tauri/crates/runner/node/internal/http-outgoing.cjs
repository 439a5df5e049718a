// OutgoingMessage: collects headers and body. One request is one exchange with the host, so nothing leaves before `end`; but the
// headers are settled at the first write, as in Node, since that decides how the body's length is told.
'use strict';
const Stream = require('stream');
const { nodeError, invalidArgType, invalidArgValue } = require('internal/errors');
const { validateHeaderName, validateHeaderValue } = require('./http-headers.cjs');

const KEPT = Symbol('headers');

class OutgoingMessage extends Stream {
  constructor() {
    super();
    this.destroyed = false;
    this.writable = true;
    this.shouldKeepAlive = true;
    this.useChunkedEncodingByDefault = true;
    this.sendDate = false;
    this.finished = false;
    this.socket = null;
    // What goes to the host once it is settled: [[name, value], …]; and the body so far.
    const hidden = {
      [KEPT]: new Map(), _lines: null, _chunks: [], _length: null, _removed: new Set(), _framed: false, _closed: false,
    };
    for (const name of Reflect.ownKeys(hidden)) Object.defineProperty(this, name, { value: hidden[name], writable: true });
  }

  get headersSent() { return this._lines !== null; }
  get connection() { return this.socket; }
  get closed() { return this._closed; }
  get errored() { return null; }
  get writableEnded() { return this.finished; }
  get writableFinished() { return this.finished && this.socket !== null; }
  get writableLength() { return 0; }
  get writableHighWaterMark() { return 16384; }
  get writableObjectMode() { return false; }
  get writableCorked() { return 0; }
  get writableNeedDrain() { return false; }

  setHeader(name, value) {
    this._unsent('set');
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const key = name.toLowerCase();
    this[KEPT].set(key, [name, value]);
    this._removed.delete(key);
    return this;
  }

  setHeaders(headers) {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  }

  appendHeader(name, value) {
    const known = this[KEPT].get(`${name}`.toLowerCase());
    return this.setHeader(name, known ? [known[1], value].flat() : value);
  }

  getHeader(name) {
    if (typeof name !== 'string') throw invalidArgType('name', 'string', name);
    return this[KEPT].get(name.toLowerCase())?.[1];
  }

  getHeaderNames() { return [...this[KEPT].keys()]; }
  getRawHeaderNames() { return Array.from(this[KEPT].values(), ([name]) => name); }

  getHeaders() {
    const headers = Object.create(null);
    for (const [key, [, value]] of this[KEPT]) headers[key] = value;
    return headers;
  }

  hasHeader(name) {
    if (typeof name !== 'string') throw invalidArgType('name', 'string', name);
    return this[KEPT].has(name.toLowerCase());
  }

  removeHeader(name) {
    if (typeof name !== 'string') throw invalidArgType('name', 'string', name);
    this._unsent('remove');
    const key = name.toLowerCase();
    this[KEPT].delete(key);
    this._removed.add(key);
  }

  _unsent(what) {
    if (!this.headersSent) return;
    throw nodeError(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${what} headers after they are sent to the client`);
  }

  /** Settles the headers, with those that Node adds, in its order. `flat`: a list given in place of single headers. */
  _settle(flat) {
    if (this.headersSent) return;
    const lines = flat ? pairs(flat) : [...this[KEPT].values()].flatMap(([name, value]) => spread(name, value));
    const first = (wanted) => lines.find(([name]) => name.toLowerCase() === wanted)?.[1];
    const length = first('content-length');
    if (first('connection') === undefined && !this._removed.has('connection')) {
      const stays = this.shouldKeepAlive && (length !== undefined || this.useChunkedEncodingByDefault || this.agent);
      lines.push(['Connection', stays ? 'keep-alive' : 'close']);
    }
    this._framed = length !== undefined || first('transfer-encoding') !== undefined;
    if (!this._framed && this.useChunkedEncodingByDefault) {
      this._framed = true;
      if (this._length !== null && !this._removed.has('content-length')) lines.push(['Content-Length', `${this._length}`]);
      else if (!this._removed.has('transfer-encoding')) lines.push(['Transfer-Encoding', 'chunked']);
      else this._framed = false;
    }
    this._lines = lines;
  }

  flushHeaders() { this._settle(); }

  write(chunk, encoding, done) {
    if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    const bytes = toBytes(chunk, encoding);
    const fault = this.finished ? nodeError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
      : this.destroyed && nodeError(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
    if (fault) {
      process.nextTick(() => {
        done?.(fault);
        if (this.finished && !this.destroyed) this.emit('error', fault);
      });
      return false;
    }
    this._settle();
    this._chunks.push(bytes);
    if (done) this._flushed(done);
    return true;
  }

  end(chunk, encoding, done) {
    if (typeof chunk === 'function') [chunk, encoding, done] = [null, undefined, chunk];
    else if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    const bytes = chunk == null ? null : toBytes(chunk, encoding);
    if (this.finished) {
      const fault = bytes ? nodeError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
        : nodeError(Error, 'ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
      if (done) process.nextTick(done, fault);
      return this;
    }
    if (done) this.once('finish', done);
    this._length = bytes?.length ?? 0;
    if (bytes) this._chunks.push(bytes);
    this._settle();
    this.finished = true;
    this._ended();
    return this;
  }

  cork() {}
  uncork() {}
  pipe() { this.emit('error', nodeError(Error, 'ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable')); }
}

function toBytes(chunk, encoding) {
  if (chunk === null) throw nodeError(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  if (chunk instanceof Uint8Array) return chunk;
  throw invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
}

/** A header's lines: one for each item of a list, but cookies share one. */
function spread(name, value) {
  if (!Array.isArray(value)) return [[name, `${value}`]];
  return name.toLowerCase() === 'cookie' ? [[name, value.join('; ')]] : value.map((item) => [name, `${item}`]);
}

function pairs(list) {
  if (list.length > 0 && Array.isArray(list[0])) return list.flatMap(([name, value]) => spread(name, value));
  if (list.length % 2 !== 0) {
    throw invalidArgValue('headers', list);
  }
  const lines = [];
  for (let at = 0; at < list.length; at += 2) lines.push(...spread(list[at], list[at + 1]));
  return lines;
}

module.exports = { OutgoingMessage };
