// What every container starts with, before the Node surface: the error classes of contract §4 and `configuration`.
// Runs once per container with `host`; nothing here is reachable from a script except what is put on globalThis.
'use strict';

const { defineProperty, freeze, getPrototypeOf } = Object;
const { deleteProperty: remove, set, setPrototypeOf } = Reflect;
const defineOn = Reflect.defineProperty;

function named(constructor, name) {
  defineProperty(constructor.prototype, 'name', { value: name, writable: true, configurable: true });
  defineProperty(globalThis, name, { value: constructor, writable: true, configurable: true });
}

named(class WrongUsernameOrPasswordError extends Error {
  constructor(user, message) {
    super(message === undefined || message === null || message === '' ? 'Wrong email or password.' : message);
    this.code = 'wrongusernameorpassword';
    this.user_id = user;
    this.statusCode = 400;
  }
}, 'WrongUsernameOrPasswordError');

named(class ValidationError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}, 'ValidationError');

named(class UnauthorizedError extends Error {}, 'UnauthorizedError');

// A month or a day 00 is no date to V8; the engine reads something into it. MySQL's zero dates depend on this.
const hasZero = RegExp.prototype.test.bind(/^\s*[+-]?\d{4,6}-(?:00|\d\d-00)(?!\d)/);
const { construct } = Reflect;
const { parse } = Date;
defineProperty(Date, 'parse', {
  value: { parse(text) { return hasZero(text = `${text}`) ? NaN : parse(text); } }.parse, writable: true, configurable: true,
});
const DateAsInNode = new Proxy(Date, {
  construct: (date, given, target) => construct(date, given.length === 1 && typeof given[0] === 'string' && hasZero(given[0]) ? [NaN] : given, target),
});
defineProperty(Date.prototype, 'constructor', { value: DateAsInNode, writable: true, configurable: true });
defineProperty(globalThis, 'Date', { value: DateAsInNode, writable: true, configurable: true });

let current;

function refuse(done, what) {
  if (!done) {
    host.warn('configuration_written', `the script writes to ${what}; configuration is read-only and the write has no effect`);
  }
  return done;
}

const guard = {
  set: (target, key, value) => refuse(set(target, key, value, target), `configuration.${String(key)}`),
  deleteProperty: (target, key) => refuse(remove(target, key), `configuration.${String(key)}`),
  defineProperty: (target, key, how) => refuse(defineOn(target, key, how), `configuration.${String(key)}`),
  setPrototypeOf: (target, to) => refuse(to === getPrototypeOf(target) || setPrototypeOf(target, to), 'configuration'),
};

defineProperty(globalThis, 'configuration', {
  get: () => current,
  set: () => { refuse(false, 'configuration'); },
  enumerable: true,
  configurable: false,
});

// Called by the engine before each run with [[key, value], …].
exports.configure = (entries) => {
  const values = {};
  for (let i = 0; i < entries.length; i++) {
    defineProperty(values, entries[i][0], { value: entries[i][1], enumerable: true });
  }
  current = new Proxy(freeze(values), guard);
};

// Called by the engine with (engine's stack, error) → text: makes `error.stack` read as in Node.
exports.stacks = (format) => {
  const { apply } = Reflect;
  const getOwn = Object.getOwnPropertyDescriptor;
  const { get } = getOwn(Error.prototype, 'stack');
  const text = (raw, error) => (typeof raw === 'string' ? format(raw, error) : raw);
  defineProperty(Error.prototype, 'stack', {
    get() { return text(apply(get, this, []), this); },
    set(value) { defineProperty(this, 'stack', { value, writable: true, configurable: true }); },
    configurable: true,
  });
  const capture = Error.captureStackTrace;
  const captureStackTrace = (target, above) => {
    capture(target, typeof above === 'function' ? above : captureStackTrace);
    const own = getOwn(target, 'stack');
    if (!own || !('value' in own)) return;
    const put = (value) => defineProperty(target, 'stack', { value, writable: true, configurable: true });
    if (target instanceof Error) {
      put(text(own.value, target));
      return;
    }
    // A place to come back to if something fails, as drivers keep one for each statement: mostly nobody reads it.
    const read = () => { put(text(own.value, target)); return target.stack; };
    defineProperty(target, 'stack', { get: read, set: put, configurable: true });
  };
  defineProperty(Error, 'captureStackTrace', { value: captureStackTrace, writable: true, configurable: true });
};
