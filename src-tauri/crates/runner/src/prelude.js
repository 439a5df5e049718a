// What every container starts with, before the Node surface: the error classes of contract §4, `configuration`, and V8's ways where
// the engine has others.
// Runs once per container with `host`; nothing here is reachable from a script except what is put on globalThis.
'use strict';

const { defineProperty, freeze, getPrototypeOf } = Object;
const { deleteProperty: remove, set, setPrototypeOf } = Reflect;
const defineOn = Reflect.defineProperty;

function named(constructor, name) {
  defineProperty(constructor.prototype, 'name', { value: name, writable: true, configurable: true });
  defineProperty(globalThis, name, { value: constructor, writable: true, configurable: true });
}

/** Puts methods in the place of the engine's. */
function replace(owner, methods) {
  for (const name of Object.keys(methods)) defineProperty(owner, name, { value: methods[name], writable: true, configurable: true });
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
const { apply, construct } = Reflect;
const { parse } = Date;
replace(Date, { parse(text) { return hasZero(text = `${text}`) ? NaN : parse(text); } });
const DateAsInNode = new Proxy(Date, {
  construct: (date, given, target) => construct(date, given.length === 1 && typeof given[0] === 'string' && hasZero(given[0]) ? [NaN] : given, target),
  apply: () => `${new Date()}`,
});
defineProperty(Date.prototype, 'constructor', { value: DateAsInNode, writable: true, configurable: true });
defineProperty(globalThis, 'Date', { value: DateAsInNode, writable: true, configurable: true });

// What V8 says of a value that is no whole number; an object's own conversion is left to the engine.
const BigIntAsInNode = new Proxy(BigInt, {
  apply: (big, self, [value]) => {
    try {
      return big(value);
    } catch (error) {
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') throw error;
      const shown = String(value);
      throw reworded(error, typeof value === 'number' ? `The number ${shown} cannot be converted to a BigInt because it is not an integer`
        : `Cannot convert ${shown} to a BigInt`);
    }
  },
});
defineProperty(BigInt.prototype, 'constructor', { value: BigIntAsInNode, writable: true, configurable: true });
defineProperty(globalThis, 'BigInt', { value: BigIntAsInNode, writable: true, configurable: true });

// What V8 says where JSON and URIs fail. The engine's own functions answer, and are asked why only when they do not.
const json = { parse: JSON.parse, stringify: JSON.stringify };
const reworded = (error, message) => {
  if (message !== undefined) defineProperty(error, 'message', { value: message, writable: true, configurable: true });
  return error;
};
replace(JSON, {
  parse(text, reviver) {
    if (typeof text !== 'string') text = `${text}`;
    try {
      return json.parse(text, reviver);
    } catch (error) {
      // A reviver may have thrown it.
      if (!(error instanceof SyntaxError)) throw error;
      throw reworded(error, require('internal/json-faults').parse(text));
    }
  },
  stringify(value, replacer, space) {
    try {
      return json.stringify(value, replacer, space);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const { message } = error;
      if (message === 'circular reference') throw reworded(error, require('internal/json-faults').circular(json.stringify, [value, replacer]));
      throw reworded(error, /\bBigInt\b/.test(message) ? 'Do not know how to serialize a BigInt' : undefined);
    }
  },
});
const uri = (native) => (given) => {
  // What the text's own conversion throws is not the engine's.
  const text = typeof given === 'string' ? given : `${given}`;
  try {
    return native(text);
  } catch (error) {
    throw error instanceof URIError ? reworded(error, 'URI malformed') : error;
  }
};
const uris = { decodeURI: uri(decodeURI), decodeURIComponent: uri(decodeURIComponent), encodeURI: uri(encodeURI), encodeURIComponent: uri(encodeURIComponent) };
replace(globalThis, {
  decodeURI(encodedURI) { return uris.decodeURI(encodedURI); },
  decodeURIComponent(encodedURIComponent) { return uris.decodeURIComponent(encodedURIComponent); },
  encodeURI(text) { return uris.encodeURI(text); },
  encodeURIComponent(component) { return uris.encodeURIComponent(component); },
});

// What Node does by its Intl, which the engine has not.
const { valueOf } = Number.prototype;
const { valueOf: bigValueOf } = BigInt.prototype;
const { getTime, toString: dateToString, toTimeString } = Date.prototype;
const formats = () => require('internal/locale-formats');
const receiver = (read, value, message) => {
  try {
    return apply(read, value, []);
  } catch {
    throw new TypeError(typeof message === 'function' ? message() : message);
  }
};
replace(Number.prototype, {
  toLocaleString() {
    const value = receiver(valueOf, this, "Number.prototype.toLocaleString requires that 'this' be a Number");
    return formats().number(value, arguments[0], arguments[1], 'Number.prototype.toLocaleString');
  },
});
replace(BigInt.prototype, {
  toLocaleString() {
    const value = receiver(bigValueOf, this, "BigInt.prototype.toLocaleString requires that 'this' be a BigInt");
    return formats().number(value, arguments[0], arguments[1], 'BigInt.prototype.toLocaleString');
  },
});
const dateText = (date, parts, locales, options, method) => {
  receiver(getTime, date, () => `Method ${method} called on incompatible receiver ${
    typeof date === 'object' && date !== null ? '#<Object>' : String(date)}`);
  return formats().date(date, parts, locales, options, method);
};
const zoned = (text) => (text.endsWith('GMT+0000') ? `${text} (Coordinated Universal Time)` : text);
replace(Date.prototype, {
  toLocaleString() { return dateText(this, [true, true], arguments[0], arguments[1], 'Date.prototype.toLocaleString'); },
  toLocaleDateString() { return dateText(this, [true, false], arguments[0], arguments[1], 'Date.prototype.toLocaleDateString'); },
  toLocaleTimeString() { return dateText(this, [false, true], arguments[0], arguments[1], 'Date.prototype.toLocaleTimeString'); },
  toString() { return zoned(apply(dateToString, this, [])); },
  toTimeString() { return zoned(apply(toTimeString, this, [])); },
});
replace(String.prototype, {
  localeCompare(that) {
    if (this === undefined || this === null) throw new TypeError('String.prototype.localeCompare called on null or undefined');
    return require('internal/collation').compare(`${this}`, `${that}`, arguments[1], arguments[2]);
  },
});

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

// Called by the engine with (engine's stack, error) → text: makes `error.stack` read as in Node; and with what watches errors
// being made (thrown.rs).
exports.stacks = (format, watcher) => {
  const getOwn = Object.getOwnPropertyDescriptor;
  const { get } = getOwn(Error.prototype, 'stack');
  Error.prepareStackTrace = (error, [site]) => site;
  const { getFileName, getFunctionName, getLineNumber, getColumnNumber } = apply(get, new Error(), []);
  const watch = watcher(get, [getFileName, getFunctionName, getLineNumber, getColumnNumber]);
  // Scripts may put others in their places.
  const errors = Error;
  const { set: setWatch } = getOwn(errors, 'prepareStackTrace');
  Error.prepareStackTrace = watch;
  // The engine keeps it; the property is the script's own.
  defineProperty(Error, 'prepareStackTrace', { value: undefined, writable: true, configurable: true });
  const text = (raw, error) => (typeof raw === 'string' ? format(raw, error) : raw);
  defineProperty(Error.prototype, 'stack', {
    get() { return text(apply(get, this, []), this); },
    set(value) { defineProperty(this, 'stack', { value, writable: true, configurable: true }); },
    configurable: true,
  });
  const captured = Error.captureStackTrace;
  // Nothing is made here whose words could be the engine's; without the watch it takes half the time.
  const capture = (target, above) => {
    if (errors.prepareStackTrace !== undefined) {
      captured(target, above);
      return;
    }
    apply(setWatch, errors, [undefined]);
    try {
      captured(target, above);
    } finally {
      apply(setWatch, errors, [watch]);
    }
  };
  // For packages that keep the place of every statement: what gives the stack from here on, written when somebody asks.
  host.place = (above) => {
    const kept = {};
    capture(kept, above);
    return () => text(kept.stack, kept);
  };
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
