// Web globals Node has: events, abort signals, structuredClone.
'use strict';
const { nodeError, invalidArgType } = require('internal/errors');
const { shown } = require('internal/web-shown');

class Event {
  #type;
  #cancelable;
  #prevented = false;
  #target = null;
  #time = host.now();
  constructor(type, options = {}) {
    if (arguments.length === 0) throw nodeError(TypeError, 'ERR_MISSING_ARGS', 'The "type" argument must be specified');
    this.#type = `${type}`;
    this.#cancelable = Boolean(options?.cancelable);
  }
  get type() { return this.#type; }
  get target() { return this.#target; }
  get currentTarget() { return this.#target; }
  get cancelable() { return this.#cancelable; }
  get timeStamp() { return this.#time; }
  get defaultPrevented() { return this.#prevented; }
  preventDefault() { if (this.#cancelable) this.#prevented = true; }
  stopImmediatePropagation() { this.stopped = true; }
  static aim(event, target) { event.#target = target; }
}
const { aim } = Event;
delete Event.aim;

class CustomEvent extends Event {
  #detail;
  constructor(type, options = {}) {
    super(...arguments);
    this.#detail = options?.detail ?? null;
  }
  get detail() { return this.#detail; }
}

class Navigator {
  get hardwareConcurrency() { return 1; }
  get language() { return 'en-US'; }
  get languages() { return ['en-US']; }
  get platform() { return 'Linux x86_64'; }
  get userAgent() { return `Node.js/${process.versions.node.split('.')[0]}`; }
}

class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    if (listener == null) return;
    const list = this.#listeners.get(`${type}`) ?? [];
    if (list.some((known) => known.listener === listener)) return;
    list.push({ listener, once: Boolean(options?.once) });
    this.#listeners.set(`${type}`, list);
  }
  removeEventListener(type, listener) {
    const list = this.#listeners.get(`${type}`) ?? [];
    this.#listeners.set(`${type}`, list.filter((known) => known.listener !== listener));
  }
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw invalidArgType('event', 'Event', event);
    aim(event, this);
    for (const known of [...(this.#listeners.get(event.type) ?? [])]) {
      if (known.once) this.removeEventListener(event.type, known.listener);
      if (typeof known.listener === 'function') known.listener.call(this, event);
      else known.listener.handleEvent(event);
      if (event.stopped) break;
    }
    return !event.defaultPrevented;
  }
}

const key = Symbol('signal');
class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  constructor(own) {
    if (own !== key) throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    super();
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }
  static end(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    const event = new Event('abort');
    signal.dispatchEvent(event);
    signal.onabort?.(event);
  }
  static abort(reason) {
    const signal = new AbortSignal(key);
    end(signal, reason);
    return signal;
  }
  static timeout(ms) {
    const signal = new AbortSignal(key);
    setTimeout(() => end(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms).unref();
    return signal;
  }
  static any(signals) {
    const signal = new AbortSignal(key);
    for (const other of signals) {
      if (other.aborted) { end(signal, other.reason); break; }
      other.addEventListener('abort', () => end(signal, other.reason), { once: true });
    }
    return signal;
  }
}
const { end } = AbortSignal;
delete AbortSignal.end;

class AbortController {
  #signal = new AbortSignal(key);
  get signal() { return this.#signal; }
  abort(reason) { end(this.#signal, reason); }
}

const refused = (value) => {
  const shown = typeof value === 'function' ? Function.prototype.toString.call(value) : typeof value === 'symbol' ? String(value) : `#<${value.constructor?.name ?? 'Object'}>`;
  return new DOMException(`${shown} could not be cloned.`, 'DataCloneError');
};
const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function clone(value, seen) {
  if (typeof value === 'function' || typeof value === 'symbol') throw refused(value);
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => { seen.set(value, copy); return copy; };
  switch (Object.prototype.toString.call(value)) {
    case '[object Boolean]': case '[object Number]': case '[object String]': case '[object BigInt]': return keep(Object(value.valueOf()));
    case '[object Date]': return keep(new Date(+value));
    case '[object RegExp]': return keep(new RegExp(value.source, value.flags));
    case '[object ArrayBuffer]': return keep(value.slice(0));
    default:
  }
  if (ArrayBuffer.isView(value)) {
    const buffer = clone(value.buffer, seen);
    const Class = value instanceof DataView ? DataView : globalThis[Object.getPrototypeOf(Uint8Array.prototype)[Symbol.toStringTag] ?? value[Symbol.toStringTag]];
    return keep(new (Class ?? Uint8Array)(buffer, value.byteOffset, value instanceof DataView ? value.byteLength : value.length));
  }
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [name, item] of [...value]) copy.set(clone(name, seen), clone(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of [...value]) copy.add(clone(item, seen));
    return copy;
  }
  if (value instanceof Error) {
    const Class = ERRORS[value.name] ?? Error;
    const copy = keep(Object.create(Class.prototype));
    const made = new Class(value.message);
    Object.defineProperty(made, 'stack', { value: value.stack, writable: true, configurable: true });
    if ('cause' in value) Object.defineProperty(made, 'cause', { value: clone(value.cause, seen), writable: true, configurable: true });
    seen.set(value, made);
    return copy && made;
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise || host.native.promiseDetails(value)) throw refused(value);
  const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const name of Object.keys(value)) copy[name] = clone(value[name], seen);
  return copy;
}

function structuredClone(value) {
  if (arguments.length === 0) throw nodeError(TypeError, 'ERR_MISSING_ARGS', 'The value argument must be specified');
  return clone(value, new Map());
}

for (const Class of [CustomEvent, Event, EventTarget, AbortSignal, AbortController, Navigator]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
const byName = { deep: ({ constructor }) => constructor.name };
shown(EventTarget, () => ({}), byName);
shown(Event, ({ type, defaultPrevented, cancelable, timeStamp }) => ({ type, defaultPrevented, cancelable, timeStamp }), byName);
shown(AbortSignal, ({ aborted }) => ({ aborted }));
shown(AbortController, ({ signal }) => ({ signal }));
module.exports = { CustomEvent, Event, EventTarget, AbortSignal, AbortController, navigator: new Navigator(), structuredClone };
