// util: Node's own inspect and format, the rest ours.
'use strict';
const { nodeError, invalidArgType, invalidArgValue, checkFunction, checkString, outOfRange } = require('internal/errors');
const types = require('internal/types');

const custom = Symbol.for('nodejs.util.promisify.custom');
const { customPromisifyArgs: names } = require('internal/promisify-names');

function promisify(original) {
  checkFunction(original, 'original');
  const own = original[custom];
  if (own) {
    checkFunction(own, 'util.promisify.custom');
    return Object.defineProperty(own, custom, { value: own, enumerable: false, writable: false, configurable: true });
  }
  const argumentNames = original[names];
  function fn(...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...values, (error, ...results) => {
        if (error) { reject(error); return; }
        if (argumentNames !== undefined && results.length > 1) resolve(Object.fromEntries(argumentNames.map((name, at) => [name, results[at]])));
        else resolve(results[0]);
      }]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, custom, { value: fn, enumerable: false, writable: false, configurable: true });
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) Object.defineProperty(fn, key, descriptor);
  for (const key of Object.getOwnPropertySymbols(original)) {
    if (key !== custom) Object.defineProperty(fn, key, Object.getOwnPropertyDescriptor(original, key));
  }
  return fn;
}
promisify.custom = custom;

function falsyRejection(reason) {
  const error = nodeError(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
  error.reason = reason;
  return error;
}

function callbackify(original) {
  checkFunction(original, 'original');
  function callbackified(...values) {
    const callback = values.pop();
    checkFunction(callback, 'last argument');
    const settle = callback.bind(this);
    Reflect.apply(original, this, values).then(
      (value) => process.nextTick(settle, null, value),
      (reason) => process.nextTick(settle, reason || falsyRejection(reason)),
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name.value === 'string') descriptors.name.value += 'Callbackified';
  for (const key of Reflect.ownKeys(descriptors)) {
    if (key !== 'prototype') Object.defineProperty(callbackified, key, descriptors[key]);
  }
  return callbackified;
}

function inherits(constructor, parent) {
  if (constructor == null) throw invalidArgType('ctor', 'Function', constructor);
  if (parent == null) throw invalidArgType('superCtor', 'Function', parent);
  if (parent.prototype === undefined) throw invalidArgType('superCtor.prototype', 'Object', parent.prototype);
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const deprecations = new Set();
function deprecate(fn, message, code) {
  let warned = false;
  function deprecated(...values) {
    if (!warned) {
      warned = true;
      if (code === undefined || !deprecations.has(code)) {
        deprecations.add(code);
        process.emitWarning(`${code ? `[${code}] ` : ''}DeprecationWarning: ${message}`);
      }
    }
    return new.target ? Reflect.construct(fn, values, new.target) : Reflect.apply(fn, this, values);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

// Named through a variable so that the bundler leaves them to the table; what few scripts touch loads when they do.
const load = (name) => require(name);
const systemErrors = () => load('internal/system-errors');

// Showing values takes a big piece, which is read when somebody asks for it.
const shown = (name) => ({
  get() {
    const { [name]: value } = load('internal/inspect');
    Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    return value;
  },
  set(value) { Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true }); },
  configurable: true,
  enumerable: true,
});
for (const name of ['inspect', 'format', 'formatWithOptions', 'stripVTControlCharacters']) Object.defineProperty(module.exports, name, shown(name));

const own = {
  promisify, callbackify, inherits, deprecate, types,
  debuglog: () => Object.assign(() => {}, { enabled: false }),
  debug: () => Object.assign(() => {}, { enabled: false }),
  isDeepStrictEqual: (left, right) => require('internal/comparisons').isDeepStrictEqual(left, right),
  toUSVString: (text) => host.engine.wellFormed(`${text}`),
  getSystemErrorName(number) {
    if (typeof number !== 'number') throw invalidArgType('err', 'number', number);
    if (number >= 0 || !Number.isSafeInteger(number)) throw outOfRange('err', 'a negative integer', number);
    return systemErrors().get(number)?.[0] ?? `Unknown system error ${number}`;
  },
  getSystemErrorMap: () => new Map(systemErrors()),
  _errnoException(number, syscall, original) {
    const code = module.exports.getSystemErrorName(number);
    const error = new Error(`${syscall} ${code}${original ? ` ${original}` : ''}`);
    return Object.assign(error, { errno: number, code, syscall });
  },
  _exceptionWithHostPort(number, syscall, address, port, additional) {
    const code = module.exports.getSystemErrorName(number);
    const where = port > 0 ? ` ${address}:${port}` : address ? ` ${address}` : '';
    const error = new Error(`${syscall} ${code}${where}${additional ? ` - Local (${additional})` : ''}`);
    return Object.assign(error, { errno: number, code, syscall, address }, port ? { port } : {});
  },
  parseArgs: (config) => load('internal/parse-args').parseArgs(config),
  parseEnv: (content) => load('internal/env-file').parseEnv(content),
  get MIMEType() { return load('internal/mime').MIMEType; },
  get MIMEParams() { return load('internal/mime').MIMEParams; },
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal(signal) {
    if (!(signal instanceof AbortSignal)) throw invalidArgType('signal', 'AbortSignal', signal);
    return signal;
  },
  log(...values) {
    const now = new Date();
    const two = (part) => String(part).padStart(2, '0');
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][now.getMonth()];
    console.log('%s - %s', `${now.getDate()} ${month} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')}`, module.exports.format(...values));
  },
  get TextEncoder() { return globalThis.TextEncoder; },
  get TextDecoder() { return globalThis.TextDecoder; },
  aborted: (signal) => new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  }),
  styleText(format, text, { validateStream = true } = {}) {
    checkString(text, 'text');
    const known = Object.keys(module.exports.inspect.colors);
    const codes = [].concat(format).map((name) => {
      if (!known.includes(name)) throw invalidArgValue('format', name, `must be one of: ${known.map((one) => `'${one}'`).join(', ')}`);
      return module.exports.inspect.colors[name];
    });
    // A script's output is no terminal, so that styles go only where the caller asks for them all the same.
    if (validateStream) return text;
    return `${codes.map(([on]) => `\u001B[${on}m`).join('')}${text}${codes.reverse().map(([, off]) => `\u001B[${off}m`).join('')}`;
  },
  _extend(target, source) { return source !== null && typeof source === 'object' ? Object.assign(target, source) : target; },
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => globalThis.Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value == null,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};
Object.defineProperties(module.exports, Object.getOwnPropertyDescriptors(own));
