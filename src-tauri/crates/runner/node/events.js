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

const errorMonitor = Symbol('events.errorMonitor');
const emitted = prototype.emit;

/** As `emit`, for errors: one that nobody hears is thrown. */
function emitError(emitter, values) {
  if (emitter.listenerCount(errorMonitor) > 0) emitted.call(emitter, errorMonitor, ...values);
  if (emitter.listenerCount('error') === 0) {
    const [problem] = values;
    if (problem instanceof Error) throw problem;
    const { inspect } = require('internal/inspect');
    const text = typeof problem === 'string' ? `'${problem}'` : inspect(problem);
    const error = nodeError(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`);
    error.context = problem;
    throw error;
  }
  return emitted.call(emitter, 'error', ...values);
}

// Drivers emit several events for each statement: the polyfill's way over lists costs more than the listeners do.
prototype.emit = function emit(type, ...values) {
  if (type === 'error') return emitError(this, values);
  const heard = this._events?.[type];
  if (heard === undefined) return false;
  if (values.length > 1 || typeof heard !== 'function') return emitted.call(this, type, ...values);
  if (values.length === 0) heard.call(this);
  else heard.call(this, values[0]);
  return true;
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
EventEmitter.errorMonitor = errorMonitor;

/** Limits of event targets, which keep none themselves. */
const limits = new WeakMap();
const isTarget = (value) => typeof value?.addEventListener === 'function';
EventEmitter.getMaxListeners = (emitter) => {
  if (typeof emitter?.getMaxListeners === 'function') return emitter.getMaxListeners();
  if (isTarget(emitter)) return limits.get(emitter) ?? EventEmitter.defaultMaxListeners;
  throw invalidArgType('emitter', ['EventEmitter', 'EventTarget'], emitter);
};
EventEmitter.setMaxListeners = (n = EventEmitter.defaultMaxListeners, ...emitters) => {
  if (typeof n !== 'number') throw invalidArgType('setMaxListeners', 'number', n);
  if (!(n >= 0)) throw outOfRange('setMaxListeners', '>= 0', n);
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = n;
  for (const emitter of emitters) {
    if (typeof emitter?.setMaxListeners === 'function') emitter.setMaxListeners(n);
    else if (isTarget(emitter)) limits.set(emitter, n);
    else throw invalidArgType('eventTargets', ['EventEmitter', 'EventTarget'], emitter);
  }
};

/** An asynchronous iterator over the values of an event; it ends with an error, an abort, or `return`. */
EventEmitter.on = (emitter, name, { signal } = {}) => {
  const values = [];
  const waiting = [];
  let failure = null;
  let ended = false;
  const heard = (...list) => { if (waiting.length > 0) waiting.shift().resolve({ value: list, done: false }); else values.push(list); };
  const failed = (error) => {
    stop();
    if (waiting.length > 0) waiting.shift().reject(error);
    else failure = { error };
    finish();
  };
  const aborted = () => failed(abortError(signal));
  function stop() {
    ended = true;
    emitter.removeListener(name, heard);
    if (name !== 'error') emitter.removeListener('error', failed);
    signal?.removeEventListener('abort', aborted);
  }
  function finish() { for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true }); }
  if (signal?.aborted) throw abortError(signal);
  emitter.on(name, heard);
  if (name !== 'error') emitter.on('error', failed);
  signal?.addEventListener('abort', aborted, { once: true });
  return {
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (ended) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() { stop(); finish(); return Promise.resolve({ value: undefined, done: true }); },
    throw(error) { failed(error); return Promise.resolve({ value: undefined, done: true }); },
    [Symbol.asyncIterator]() { return this; },
  };
};

function abortError(signal) {
  const error = nodeError(Error, 'ABORT_ERR', 'The operation was aborted');
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}
EventEmitter.captureRejectionSymbol = Symbol.for('nodejs.rejection');
EventEmitter.captureRejections = false;
EventEmitter.EventEmitter = EventEmitter;
module.exports = EventEmitter;
