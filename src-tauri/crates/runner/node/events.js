// The npm polyfill of Node's EventEmitter, with Node's error codes and what Node added since.
'use strict';
const EventEmitter = require('events/');
const { nodeError, invalidArgType, outOfRange } = require('internal/errors');

const prototype = EventEmitter.prototype;
for (const name of ['on', 'addListener', 'prependListener', 'once', 'prependOnceListener', 'removeListener', 'off']) {
  const original = prototype[name];
  const checked = { [name](type, listener) {
    if (typeof listener !== 'function') {
      throw invalidArgType('listener', 'function', listener);
    }
    return original.call(this, type, listener);
  } }[name];
  Object.defineProperty(prototype, name, { value: checked, writable: true, configurable: true, enumerable: true });
}
prototype.addListener = prototype.on;
prototype.off = prototype.removeListener;

prototype.setMaxListeners = function setMaxListeners(n) {
  if (typeof n !== 'number') throw invalidArgType('setMaxListeners', 'number', n);
  if (!(n >= 0)) throw outOfRange('setMaxListeners', '>= 0', n);
  this._maxListeners = n;
  return this;
};

const emit = prototype.emit;
prototype.emit = function (type, ...values) {
  if (type === 'error' && this.listenerCount('error') === 0) {
    const [problem] = values;
    if (problem instanceof Error) throw problem;
    const { inspect } = require('internal/inspect');
    const text = typeof problem === 'string' ? `'${problem}'` : inspect(problem);
    const error = nodeError(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`);
    error.context = problem;
    throw error;
  }
  return emit.call(this, type, ...values);
};

EventEmitter.once = (emitter, name, options = {}) => new Promise((resolve, reject) => {
  const { signal } = options;
  const done = (...values) => { emitter.removeListener('error', failed); resolve(values); };
  const failed = (error) => { emitter.removeListener(name, done); reject(error); };
  if (signal?.aborted) { reject(signal.reason); return; }
  emitter.once(name, done);
  if (name !== 'error') emitter.once('error', failed);
  signal?.addEventListener('abort', () => { emitter.removeListener(name, done); emitter.removeListener('error', failed); reject(signal.reason); });
});
EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
EventEmitter.getEventListeners = (emitter, name) => emitter.listeners(name);
EventEmitter.errorMonitor = Symbol('events.errorMonitor');
EventEmitter.captureRejectionSymbol = Symbol.for('nodejs.rejection');
EventEmitter.captureRejections = false;
EventEmitter.EventEmitter = EventEmitter;
module.exports = EventEmitter;
