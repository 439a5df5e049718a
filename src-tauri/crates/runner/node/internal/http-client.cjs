// ClientRequest: Node's surface and order of events around one exchange with the host.
'use strict';
const { nodeError, invalidArgType, outOfRange, received } = require('internal/errors');
const { addAbortSignal } = require('stream');
const { OutgoingMessage } = require('./http-outgoing.cjs');
const { IncomingMessage } = require('./http-incoming.cjs');
const { TOKEN } = require('./http-headers.cjs');
const { tlsOf } = require('./http-tls.cjs');
const { faultError } = require('./http-faults.cjs');

const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** What the write of a request meets on a port that speaks no TLS: libuv's words around OpenSSL's. */
function ofWrite(error) {
  if (error.code !== 'ERR_SSL_WRONG_VERSION_NUMBER') return error;
  return Object.assign(new Error(`write EPROTO ${error.message}`), { errno: -71, code: 'EPROTO', syscall: 'write' });
}

function reset(message) {
  const error = new Error(message);
  error.code = 'ECONNRESET';
  return error;
}

function duration(ms, name) {
  if (typeof ms !== 'number') throw invalidArgType(name, 'number', ms);
  if (!(ms >= 0 && Number.isFinite(ms))) throw outOfRange(name, 'a non-negative finite number', ms);
  return Math.min(ms, 2 ** 31 - 1);
}

const wrongType = (name, wanted, value) => nodeError(TypeError, 'ERR_INVALID_ARG_TYPE',
  `The "options.${name}" property must be ${wanted}.${received(value)}`);

function hostName(value, name) {
  if (value != null && typeof value !== 'string') throw wrongType(name, 'of type string or one of undefined or null', value);
  return value;
}

/** `request(url[, options][, callback])` or `request(options[, callback])`. */
function given(input, options, callback) {
  const { URL, urlToHttpOptions } = require('url');
  let address = null;
  if (typeof input === 'string') address = urlToHttpOptions(new URL(input));
  else if (input instanceof URL) address = urlToHttpOptions(input);
  else [callback, options] = [options, input];
  if (typeof options === 'function') [callback, options] = [options, {}];
  return [{ __proto__: null, ...address, ...options }, callback];
}

const bracketed = (name) => (name.includes(':') && !name.startsWith('[') ? `[${name}]` : name);

/** The agent of a request, chosen as in Node; none when the options bring their own connection. */
function agentOf({ agent, _defaultAgent: fallback, createConnection }) {
  if (agent === false) return new fallback.constructor();
  if (agent === null || agent === undefined) return fallback;
  if (typeof agent.addRequest !== 'function') throw wrongType('agent', 'one of Agent-like Object, undefined, or false', agent);
  return agent;
}

function checked(options, expected) {
  const { path = '/', protocol = expected, method } = options;
  if (/[^\x21-\xff]/.test(path)) {
    throw nodeError(TypeError, 'ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters');
  }
  if (protocol !== expected) {
    throw nodeError(TypeError, 'ERR_INVALID_PROTOCOL', `Protocol "${protocol}" not supported. Expected "${expected}"`);
  }
  if (method != null && typeof method !== 'string') throw invalidArgType('options.method', 'string', method);
  if (method && !TOKEN.test(method)) {
    throw nodeError(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Method must be a valid HTTP token ["${method}"]`);
  }
  if (options.socketPath) throw new Error('The option socketPath is not available here: scripts reach no Unix sockets');
  if (/^\w+:/.test(path)) throw new Error(`Requests through a proxy are not available here: the path is ${path}`);
  return protocol;
}

class ClientRequest extends OutgoingMessage {
  constructor(input, second, third) {
    super();
    const [options, callback] = given(input, second, third);
    options._defaultAgent ??= require('http').globalAgent;
    const agent = agentOf(options);
    const protocol = checked(options, agent.protocol ?? options._defaultAgent.protocol);
    const defaultPort = options.defaultPort || agent.defaultPort;
    const port = options.port || defaultPort || 80;
    const name = hostName(options.hostname, 'hostname') || hostName(options.host, 'host') || 'localhost';
    const method = options.method ? options.method.toUpperCase() : 'GET';
    if (options.timeout !== undefined) this.timeout = duration(options.timeout, 'timeout');
    Object.assign(this, { agent, method, path: options.path || '/', host: name, protocol });
    Object.assign(this, { res: null, aborted: false, reusedSocket: false });
    this.maxHeaderSize = options.maxHeaderSize;
    this.useChunkedEncodingByDefault = !BODILESS.has(method);
    this.shouldKeepAlive = Boolean(agent.keepAlive || Number.isFinite(agent.maxSockets));
    const hidden = { _options: null, _fault: undefined, _hadError: false, _timed: false, _release() {} };
    for (const [own, value] of Object.entries(hidden)) Object.defineProperty(this, own, { value, writable: true });
    if (callback) this.once('response', callback);
    this._begin({ ...options, host: name, port }, Number(port) !== defaultPort);
  }

  /** Puts the first headers and asks the agent for a socket. */
  _begin(options, showPort) {
    const { host: name, port, headers, auth, setHost = true, signal } = options;
    if (Array.isArray(headers)) {
      this._settle(headers);
    } else {
      for (const each of Object.keys(headers ?? {})) this.setHeader(each, headers[each]);
      const shown = bracketed(name);
      if (setHost && !this.hasHeader('host')) this.setHeader('Host', showPort ? `${shown}:${port}` : shown);
      if (auth && !this.hasHeader('authorization')) {
        this.setHeader('Authorization', `Basic ${Buffer.from(auth).toString('base64')}`);
      }
    }
    if (signal) addAbortSignal(signal, this);
    this.agent.addRequest(this, options);
  }

  /** A request that is not yet sent keeps the run alive, as its connection would. */
  onSocket(socket, options) {
    this._options = options;
    this._release = host.hold();
    process.nextTick(() => {
      if (this.destroyed) {
        socket.destroy();
        if (this._fault || !this.aborted) this._failed(this._fault ?? reset('socket hang up'));
        this._close();
        return;
      }
      this.socket = socket;
      socket.on('error', (error) => this._failed(error));
      socket.on('close', () => this._closed || this._lost());
      if (this.timeout !== undefined || options.timeout) this._listen();
      this.emit('socket', socket);
      this._exchange();
    });
  }

  _ended() { this._exchange(); }

  _exchange() {
    const { socket } = this;
    if (!socket || !this.finished || this.destroyed) return;
    const { host: name, port } = this._options;
    const place = `${this.protocol}//${bracketed(name)}:${port}`;
    let tls = null;
    try {
      if (socket.encrypted) tls = tlsOf(this._options, this._lines.find(([header]) => /^host$/i.test(header))?.[1]);
    } catch (error) {
      socket.destroy(error);
      return;
    }
    let body = Buffer.concat(this._chunks);
    if (body.length > 0 && !this._framed) {
      const lost = `a ${this.method} request tells no length by itself, so its body is lost; set Content-Length`;
      host.warn('http_body_lost', `${this.method} ${place}: ${lost}`);
      body = Buffer.alloc(0);
    }
    socket._exchange(`${this.method} ${place}${this.path.replace(/\?.*/s, '')}`, {
      op: 'http',
      method: this.method,
      url: place + this.path,
      headers: this._lines,
      body: body.length > 0 ? body.toString('base64') : null,
      tls,
      connect_timeout_ms: null,
    }, (reply) => this._answered(reply));
    this._release();
    this._flushed(() => this.emit('finish'));
  }

  /** Calls back once there is a connection, which is when Node has written what there is. */
  _flushed(done) {
    const soon = () => process.nextTick(done);
    this._withSocket((socket) => (socket.connecting ? socket.once('connect', soon) : soon()));
  }

  _answered(reply) {
    const { socket } = this;
    if (reply.result !== 'response') {
      socket.destroy(ofWrite(faultError(reply.fault)));
      return;
    }
    const authorized = this._options.rejectUnauthorized !== false;
    socket._met({ ...reply, authorized });
    const response = new IncomingMessage(socket);
    response._answered(reply);
    response.req = this;
    this.res = response;
    response.on('end', () => this._done());
    if (this.aborted || !this.emit('response', response)) response._dump();
    if (this.destroyed) return;
    // A server may go away in the middle of the body.
    response.complete = reply.complete !== false;
    response._received(Buffer.from(reply.body, 'base64'));
  }

  /** The response was read to its end. */
  _done() {
    this.destroyed = true;
    if (this.shouldKeepAlive) process.nextTick(() => this._close());
    else setImmediate(() => this._close());
  }

  _failed(error) {
    this._hadError = true;
    this.emit('error', error);
  }

  /** The socket was closed before the response's end. */
  _lost() {
    this.destroyed = true;
    const { res } = this;
    if (res && !res.complete) res.destroy(reset('aborted'));
    else if (!res && !this._hadError) this._failed(reset('socket hang up'));
    this._close();
  }

  _close() {
    this._release();
    if (this._closed) return;
    this._closed = true;
    this.emit('close');
  }

  abort() {
    if (this.aborted) return;
    this.aborted = true;
    process.nextTick(() => this.emit('abort'));
    this.destroy();
  }

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.res?._dump();
    this._fault = error;
    this.socket?.destroy(error);
    return this;
  }

  /** Tells of the socket's silence, once asked to. */
  _listen() {
    if (this._timed) return;
    this._timed = true;
    this._withSocket((socket) => socket.on('timeout', () => this.emit('timeout')));
  }

  _withSocket(use) {
    if (this.socket) use(this.socket);
    else this.once('socket', use);
  }

  setTimeout(ms, callback) {
    this._listen();
    const silence = duration(ms, 'msecs');
    if (callback) this.once('timeout', callback);
    this._withSocket((socket) => {
      if (socket.connecting) socket.once('connect', () => socket.setTimeout(silence));
      else socket.setTimeout(silence);
    });
    return this;
  }

  clearTimeout(callback) { return this.setTimeout(0, callback); }
  setNoDelay() {}
  setSocketKeepAlive() {}
}

module.exports = { ClientRequest };
