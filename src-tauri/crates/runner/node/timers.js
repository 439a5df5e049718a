// Timers over the run's queues; objects and errors as in Node.
'use strict';
const { checkFunction } = require('internal/errors');

const MAX = 2 ** 31 - 1;
const known = new Map();

class Timeout {
  constructor(callback, after, values, repeat) {
    let ms = after * 1;
    if (!(ms >= 1 && ms <= MAX)) ms = 1;
    this._idleTimeout = Math.trunc(ms);
    this._onTimeout = callback;
    this._repeat = repeat ? this._idleTimeout : null;
    Object.defineProperty(this, '_values', { value: values });
    Object.defineProperty(this, '_id', { value: 0, writable: true });
    Object.defineProperty(this, '_alive', { value: true, writable: true });
    this._start();
  }

  _start() {
    const fire = () => {
      if (this._repeat === null) {
        known.delete(this._id);
        this._destroyed = true;
      }
      this._onTimeout(...this._values);
    };
    this._id = host.setTimer(fire, this._idleTimeout, this._repeat !== null);
    this._destroyed = false;
    known.set(this._id, this);
    if (!this._alive) host.refTimer(this._id, false);
  }

  ref() {
    this._alive = true;
    if (!this._destroyed) host.refTimer(this._id, true);
    return this;
  }

  unref() {
    this._alive = false;
    if (!this._destroyed) host.refTimer(this._id, false);
    return this;
  }

  hasRef() { return this._alive && !this._destroyed; }

  refresh() {
    if (!this._destroyed) {
      host.clearTimer(this._id);
      known.delete(this._id);
      this._start();
    }
    return this;
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive]() { return this._id; }
}
Object.defineProperty(Timeout.prototype, '_destroyed', { value: true, writable: true });

class Immediate {
  constructor(callback, values) {
    this._onImmediate = callback;
    Object.defineProperty(this, '_id', { value: host.setImmediate(() => { this._onImmediate(...values); }) });
  }

  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
}

function setTimeout(callback, after, ...values) {
  checkFunction(callback, 'callback');
  return new Timeout(callback, after, values, false);
}
function setInterval(callback, after, ...values) {
  checkFunction(callback, 'callback');
  return new Timeout(callback, after, values, true);
}
function setImmediate(callback, ...values) {
  checkFunction(callback, 'callback');
  return new Immediate(callback, values);
}
function clearTimeout(timer) {
  const found = timer instanceof Timeout ? timer : known.get(Number(timer));
  if (found && !found._destroyed) {
    host.clearTimer(found._id);
    known.delete(found._id);
    found._destroyed = true;
  }
}
function clearInterval(timer) { clearTimeout(timer); }
function clearImmediate(immediate) {
  if (immediate instanceof Immediate) host.clearImmediate(immediate._id);
}

const native = globalThis.Promise;
const ready = native.resolve();
function queueMicrotask(callback) {
  checkFunction(callback, 'callback');
  ready.then(() => { callback(); });
}

const custom = Symbol.for('nodejs.util.promisify.custom');
setTimeout[custom] = (after, value) => new Promise((resolve) => { setTimeout(resolve, after, value); });
setImmediate[custom] = (value) => new Promise((resolve) => { setImmediate(resolve, value); });

module.exports = {
  setTimeout, clearTimeout, setImmediate, clearImmediate, setInterval, clearInterval, queueMicrotask,
  get promises() { return require('timers/promises'); },
};
