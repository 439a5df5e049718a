// IncomingMessage: the host's answer as Node's readable response.
'use strict';
const { Readable } = require('stream');
const { joined, distinct } = require('./http-headers.cjs');

/** What one 'data' event of a socket carries at most. */
const CHUNK = 65536;

class IncomingMessage extends Readable {
  #pairs = [];
  #headers;
  #rest = null;

  constructor(socket) {
    super({ highWaterMark: socket?.readableHighWaterMark });
    this.httpVersionMajor = null;
    this.httpVersionMinor = null;
    this.httpVersion = null;
    this.complete = false;
    this.rawHeaders = [];
    this.rawTrailers = [];
    this.aborted = false;
    this.upgrade = null;
    this.url = '';
    this.method = null;
    this.statusCode = null;
    this.statusMessage = null;
    this.client = socket;
    this.socket = socket;
    this._consuming = false;
    this._dumped = false;
  }

  get connection() { return this.socket; }
  set connection(socket) { this.socket = socket; }
  get headers() { return this.#headers ??= joined(this.#pairs); }
  set headers(headers) { this.#headers = headers; }
  get headersDistinct() { return distinct(this.#pairs); }
  get trailers() { return {}; }
  get trailersDistinct() { return {}; }

  /** Takes over the head of an answer. */
  _answered({ http_version: version, status, status_text: text, headers }) {
    [this.httpVersionMajor, this.httpVersionMinor] = version.split('.').map(Number);
    this.httpVersion = version;
    this.statusCode = status;
    this.statusMessage = text;
    this.rawHeaders = headers.flat();
    this.#pairs = headers;
  }

  _received(body) {
    this.#rest = body;
    this._read();
  }

  /** Hands out the body piece by piece, as it would come in. */
  _read() {
    const rest = this.#rest;
    if (rest === null) return;
    if (rest.length > 0) {
      this.#rest = rest.subarray(CHUNK);
      this.push(rest.subarray(0, CHUNK));
    } else {
      this.#rest = null;
      if (this.complete) this.push(null);
      else this.socket.destroy();
    }
  }

  setTimeout(ms, callback) {
    if (callback) this.on('timeout', callback);
    this.socket.setTimeout(ms);
    return this;
  }

  _destroy(error, done) {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit('aborted');
      this.socket?.destroy(error);
    }
    // As in Node, an error is told only to those who listen.
    process.nextTick(() => done(this.listenerCount('error') === 0 ? null : error));
  }

  _dump() {
    if (this._dumped) return;
    this._dumped = true;
    this.resume();
  }
}

module.exports = { IncomingMessage };
