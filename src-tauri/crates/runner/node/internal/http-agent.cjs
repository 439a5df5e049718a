// Agent: what requests have in common, above all their TLS options. It keeps no sockets, since the host does.
'use strict';
const { EventEmitter } = require('events');
const { Socket } = require('./http-socket.cjs');

class Agent extends EventEmitter {
  #options = new WeakMap();

  constructor(options) {
    super();
    this.defaultPort = 80;
    this.protocol = 'http:';
    this.options = { __proto__: null, ...options };
    this.options.noDelay ??= true;
    this.options.path = null;
    this.requests = Object.create(null);
    this.sockets = Object.create(null);
    this.freeSockets = Object.create(null);
    this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
    this.keepAlive = this.options.keepAlive || false;
    this.maxSockets = this.options.maxSockets || Infinity;
    this.maxFreeSockets = this.options.maxFreeSockets || 256;
    this.scheduling = this.options.scheduling || 'lifo';
    this.maxTotalSockets = this.options.maxTotalSockets ?? Infinity;
    this.totalSocketCount = 0;
  }

  getName({ host = 'localhost', port = '', localAddress = '', family } = {}) {
    return `${host}:${port}:${localAddress}${family === 4 || family === 6 ? `:${family}` : ''}`;
  }

  /** The seam that packages build upon: gives a request its socket. */
  addRequest(request, options) {
    const whole = { __proto__: null, ...options, ...this.options };
    if (this.createConnection !== Agent.prototype.createConnection || whole.createConnection) {
      throw new Error('An Agent with its own createConnection (a proxy, a tunnel) is not available here: scripts have no sockets');
    }
    this.#options.set(request, whole);
    const name = this.getName(options);
    if ((this.sockets[name]?.length ?? 0) < this.maxSockets) this.#start(name, request);
    else (this.requests[name] ??= []).push(request);
  }

  #start(name, request) {
    const options = this.#options.get(request);
    const socket = new Socket(this.protocol === 'https:');
    if (request.timeout) socket.setTimeout(request.timeout);
    else socket.timeout = options.timeout ?? 0;
    (this.sockets[name] ??= []).push(socket);
    request.once('close', () => this.#ended(name, socket));
    request.onSocket(socket, options);
  }

  /** Makes room for the next request that waits. */
  #ended(name, socket) {
    this.sockets[name] = this.sockets[name].filter((other) => other !== socket);
    if (this.sockets[name].length === 0) delete this.sockets[name];
    const next = this.requests[name]?.shift();
    if (this.requests[name]?.length === 0) delete this.requests[name];
    if (next) this.#start(name, next);
  }

  createConnection() {
    throw new Error('Agent.createConnection is not available here: scripts have no sockets');
  }

  destroy() {}
}

module.exports = { Agent };
