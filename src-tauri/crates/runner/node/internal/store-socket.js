// `net` and `tls` for packages that speak their store's own protocol: sockets that the host opens, and whose messages it knows.
// What is written goes to the host as it comes; once a message is whole, the server's whole answer arrives at once.
'use strict';
const { Duplex } = require('stream');
const { Buffer } = require('buffer');
const { faultError } = require('./http-faults.cjs');
const { isIP } = require('./http-net.cjs');
const { tlsOf } = require('./http-tls.cjs');

/** Bytes that come at once, as from a socket of Node: parsers recurse over what does. */
const CHUNK = 16384;
/** Milliseconds that an ended socket waits for what was asked before. */
const LAST_ANSWERS = 250;

class StoreSocket extends Duplex {
  #store;
  #client = null;
  #asked = new Set();
  #waiting = [];
  #timer = null;
  #ending = false;
  #last = null;

  constructor(store, options = {}) {
    super({ allowHalfOpen: false, emitClose: false });
    this.#store = store;
    this.connecting = false;
    this.pending = true;
    this.timeout = 0;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this._label = `${store.driver} socket`;
    if (options.signal) {
      options.signal.addEventListener('abort', () => this.destroy(options.signal.reason), { once: true });
    }
  }

  /** `connect(options, listener)`, `connect(port, host, listener)` */
  connect(...list) {
    const { options, listener } = arguments_(list);
    return this._connect(options, null, listener);
  }

  _connect(options, tls, listener) {
    if (options.path) {
      throw Object.assign(new Error('Sockets of the file system are not available here: connect by host and port'), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
    }
    const name = `${options.host ?? 'localhost'}`;
    this.#warnOf(tls);
    this.connecting = true;
    this._label = `${this.#store.driver} ${name}:${options.port}`;
    if (listener) this.once(tls ? 'secureConnect' : 'connect', listener);
    const wait = options.connectTimeout ?? options.connectTimeoutMS;
    const request = { step: 'open', store: this.#store.name, host: name, port: Number(options.port), tls, connect_timeout_ms: Number.isFinite(wait) ? wait : null };
    this.#ask(request, ({ client, info }) => {
      this.#client = client;
      this.connecting = false;
      this.pending = false;
      this.remoteAddress = info.address;
      this.remoteFamily = info.family;
      this.remotePort = info.port;
      this.emit('connect');
      this.emit('ready');
      if (tls) this._secured(info);
      for (const go of this.#waiting.splice(0)) go();
    });
    return this;
  }

  /** Goes on under TLS; `refused` gets the error where the socket over this one is another object. */
  _secure(tls, name, refused) {
    this.#warnOf(tls);
    this.#whenOpen(() => this.#ask({ step: 'secure', client: this.#client, host: name, tls }, ({ info }) => this._secured(info), refused));
  }

  #warnOf(tls) {
    if (tls?.reject_unauthorized !== false) return;
    host.warn('tls_not_verified', `${this.#store.driver}: rejectUnauthorized is false, so the server is not verified: anybody between may read and `
      + 'change what is sent; give ca instead');
  }

  _secured(info) {
    this.encrypted = true;
    this.authorized = true;
    this.authorizationError = null;
    this._cipher = info;
    this.emit('secureConnect');
    this.emit('secure');
  }

  _write(chunk, encoding, done) {
    this.bytesWritten += chunk.length;
    this.#whenOpen(() => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64');
      this.#ask({ step: 'exchange', client: this.#client, bytes }, (answer) => this.#answered(answer));
      // Sent, as far as a socket knows; messages keep their order at the host.
      process.nextTick(done);
    });
  }

  /** A message that overtakes the exchange under way, which it ends; answered by itself when there is none. */
  interrupt(bytes) {
    this.#whenOpen(() => this.#ask({ step: 'interrupt', client: this.#client, bytes: bytes.toString('base64') }, (answer) => this.#answered(answer)));
  }

  #answered({ bytes, ended }) {
    if (bytes) {
      const data = Buffer.from(bytes, 'base64');
      this.bytesRead += data.length;
      for (let at = 0; at < data.length; at += CHUNK) this.push(data.subarray(at, at + CHUNK));
    }
    if (ended) this.push(null);
  }

  _read() {}

  _final(done) {
    this.#ending = true;
    this.#endWhenAnswered();
    done();
  }

  /** Where the protocol says goodbye by a message, what was asked before is still answered, for a while. */
  #endWhenAnswered(isLate = false) {
    if (!this.#ending) return;
    if (this.#store.answersAfterEnd && this.#asked.size > 0 && !isLate) {
      this.#last ??= setTimeout(() => this.#endWhenAnswered(true), LAST_ANSWERS);
      return;
    }
    this.#ending = false;
    if (isLate) this.#forget();
    this.#hangUp();
    this.push(null);
  }

  /** Nothing that was asked is waited for any more. */
  #forget() {
    clearTimeout(this.#last ?? undefined);
    for (const id of this.#asked) host.abandon(id);
    this.#asked.clear();
  }

  _destroy(error, done) {
    clearTimeout(this.#timer ?? undefined);
    this.#forget();
    this.connecting = false;
    this.#waiting = [];
    this.#hangUp();
    done(error);
    process.nextTick(() => this.emit('close', Boolean(error)));
  }

  #hangUp() {
    if (this.#client === null) return;
    host.request(this._label, { op: 'close', client: this.#client }, () => {});
    this.#client = null;
  }

  #whenOpen(go) {
    if (this.connecting) this.#waiting.push(go);
    else if (this.#client !== null) go();
    else this.destroy(Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' }));
  }

  #ask(request, answered, refused = (error) => this.destroy(error)) {
    this.#rest();
    const id = host.request(this._label, { op: 'socket', ...request }, (reply) => {
      this.#asked.delete(id);
      this.#rest();
      if (this.destroyed) return;
      if (reply.result === 'failed') refused(faultError(reply.fault));
      else answered(reply);
      this.#endWhenAnswered();
    });
    this.#asked.add(id);
  }

  /** Begins the wait for `timeout` anew. */
  #rest() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = this.timeout > 0 && !this.destroyed ? setTimeout(() => this.emit('timeout'), this.timeout).unref() : null;
  }

  setTimeout(ms, callback) {
    this.timeout = ms;
    if (callback) this[ms === 0 ? 'removeListener' : 'once']('timeout', callback);
    this.#rest();
    return this;
  }

  address() { return this.remoteAddress ? { address: '127.0.0.1', family: 'IPv4', port: 0 } : {}; }
  getPeerCertificate() { return {}; }
  getCipher() { return { name: this._cipher?.cipher, version: this._cipher?.protocol }; }
  getProtocol() { return this._cipher?.protocol ?? null; }
  isSessionReused() { return false; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { return this; }
  unref() { return this; }
  get readyState() {
    if (this.connecting) return 'opening';
    return this.#client === null ? 'closed' : 'open';
  }
}

function arguments_(list) {
  const listener = typeof list.at(-1) === 'function' ? list.at(-1) : undefined;
  const [first, second, third] = list;
  if (first !== null && typeof first === 'object') return { options: first, listener };
  const more = [second, third].find((value) => value !== null && typeof value === 'object') ?? {};
  return { options: { ...more, port: first, host: typeof second === 'string' ? second : more.host }, listener };
}

/**
 * `net` and `tls` whose sockets lead to a store: `name` as the host calls it, `driver` as the trace does; `answersAfterEnd` when
 * an ended socket still gives what was asked for before.
 */
function socketsOf(name, driver, { answersAfterEnd = false } = {}) {
  const store = { name, driver, answersAfterEnd };
  class Socket extends StoreSocket {
    constructor(options) { super(store, options); }
  }
  class TLSSocket extends Socket {}
  const connect = (...list) => {
    const { options, listener } = arguments_(list);
    return new Socket(options)._connect(options, null, listener);
  };
  const secure = (...list) => {
    const { options, listener } = arguments_(list);
    const { socket } = options;
    if (!socket) return new TLSSocket(options)._connect(options, tlsOf(options), listener);
    if (listener) socket.once('secureConnect', listener);
    socket._secure(tlsOf(options), options.servername || options.host || `${socket._label}`.replace(/^\S+ |:\d+$/g, ''), options.refused);
    return socket;
  };
  const net = { Socket, Stream: Socket, connect, createConnection: connect, isIP, isIPv4: (text) => isIP(text) === 4, isIPv6: (text) => isIP(text) === 6 };
  const tls = { TLSSocket, connect: secure, createSecureContext: (options) => ({ ...options, context: {} }), checkServerIdentity: () => undefined, rootCertificates: [] };
  return { net, tls };
}

module.exports = { socketsOf };
