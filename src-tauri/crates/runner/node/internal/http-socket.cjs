// What scripts and packages touch of a request's socket. There is none: the host does the whole exchange, and this stands for it.
'use strict';
const { EventEmitter } = require('events');
const { checkFunction } = require('internal/errors');

class Socket extends EventEmitter {
  #timer = null;
  #cancel = null;

  constructor(secure) {
    super();
    this.connecting = true;
    this.destroyed = false;
    this.readable = true;
    this.writable = true;
    this.timeout = 0;
    this.remoteAddress = undefined;
    this.remotePort = undefined;
    this.remoteFamily = undefined;
    if (secure) Object.assign(this, { encrypted: true, authorized: false, authorizationError: null });
    // A connection is told at once; whether it failed is known with the answer.
    setImmediate(() => { if (!this.destroyed) this.#connected(); });
  }

  #connected() {
    this.connecting = false;
    this.emit('connect');
    this.emit('ready');
    if (this.encrypted) this.emit('secureConnect');
  }

  /** Asks the host; `answered` gets its reply unless the socket is destroyed before. */
  _exchange(label, request, answered) {
    this.#rest();
    const id = host.request(label, request, (reply) => {
      this.#cancel = null;
      if (this.#timer) this.setTimeout(0);
      if (this.connecting && reply.result === 'response') {
        this.#connected();
        // What waited for the connection comes before the answer.
        process.nextTick(() => { if (!this.destroyed) answered(reply); });
      } else {
        answered(reply);
      }
    });
    this.#cancel = () => host.abandon(id);
  }

  /** Where the answer came from. */
  _met({ address, port, authorized }) {
    this.remoteAddress = address;
    this.remotePort = port;
    this.remoteFamily = address.includes(':') ? 'IPv6' : 'IPv4';
    if (this.encrypted) this.authorized = authorized;
  }

  setTimeout(ms, callback) {
    if (callback !== undefined) checkFunction(callback, 'callback');
    this.timeout = ms;
    if (callback) this[ms === 0 ? 'removeListener' : 'once']('timeout', callback);
    this.#rest();
    return this;
  }

  #rest() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = this.timeout > 0 && !this.destroyed ? setTimeout(() => this.emit('timeout'), this.timeout).unref() : null;
  }

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.connecting = false;
    this.readable = false;
    this.writable = false;
    this.#rest();
    this.#cancel?.();
    this.#cancel = null;
    process.nextTick(() => {
      if (error) this.emit('error', error);
      this.emit('close', Boolean(error));
    });
    return this;
  }

  destroySoon() { this.destroy(); }
  end() { this.destroy(); return this; }
  address() { return {}; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { return this; }
  unref() { return this; }
  cork() {}
  uncork() {}
}

module.exports = { Socket };
