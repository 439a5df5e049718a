// What a container starts with: Node's globals, each loaded when it is first touched, so that a run pays for what it uses.
'use strict';
const features = require('./internal/runtime-features.cjs');
const implicit = require('./internal/implicit-globals.cjs');
const reopened = require('./internal/reopened.cjs');

const put = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

function lazy(name, load) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get() {
      const value = load();
      put(name, value);
      return value;
    },
    set(value) { put(name, value); },
  });
}

// The engine's newest functions, for our own modules: runtimes that lack them take them from scripts.
const method = (owner, name) => Function.prototype.call.bind(owner[name]);
host.engine = {
  fromHex: Uint8Array.fromHex.bind(Uint8Array),
  isError: Error.isError,
  isWellFormed: method(String.prototype, 'isWellFormed'),
  toHex: method(Uint8Array.prototype, 'toHex'),
  wellFormed: method(String.prototype, 'toWellFormed'),
  withResolvers: Promise.withResolvers.bind(Promise),
};
features.onlyNode22();

const forgetRun = reopened(host);

put('global', globalThis);
lazy('Buffer', () => require('buffer').Buffer);
lazy('process', () => require('process'));
lazy('console', () => require('internal/console'));
for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask']) {
  lazy(name, () => require('timers')[name]);
}
for (const name of ['URL', 'URLSearchParams']) lazy(name, () => require('internal/url')[name]);
for (const name of ['TextEncoder', 'TextDecoder']) lazy(name, () => require('internal/encoding')[name]);
for (const name of ['atob', 'btoa']) lazy(name, () => require('buffer')[name]);
for (const name of ['AbortController', 'AbortSignal', 'CustomEvent', 'Event', 'EventTarget', 'navigator', 'structuredClone']) {
  lazy(name, () => require('internal/web')[name]);
}
for (const name of ['fetch', 'FormData', 'Headers', 'Request', 'Response']) lazy(name, () => require('internal/fetch')[name]);
for (const name of ['Blob', 'File']) lazy(name, () => require('internal/fetch-blob')[name]);
for (const name of ['ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamDefaultController',
  'ReadableByteStreamController', 'ReadableStreamBYOBRequest', 'WritableStream', 'WritableStreamDefaultWriter',
  'WritableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'ByteLengthQueuingStrategy',
  'CountQueuingStrategy']) {
  lazy(name, () => require('internal/fetch-streams')[name]);
}
lazy('crypto', () => require('crypto').webcrypto);
for (const name of ['Crypto', 'CryptoKey', 'SubtleCrypto']) lazy(name, () => require('internal/crypto-web')[name]);

// Named through a variable so that the bundler leaves them to the table, where modules come and go.
const load = (name) => require(name);

// Reported again in each run of a kept container, and once in a run: finding the line takes a stack.
const reported = new Set();
// Made once per run.
const made = new Map();

function gone(name, instead) {
  if (reported.has(name)) return;
  reported.add(name);
  host.warn('implicit_global', `${name} is used without require; the platform took this global away with Node 16: use ${instead}`);
}

/** A global that goes and comes with the runtime; what a script puts in its place stays. */
function old(name, [instead, make]) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get() {
      gone(name, instead);
      if (!made.has(name)) made.set(name, make(load));
      return made.get(name);
    },
    set(value) { put(name, value); },
  });
}

/** `crypto` was Node's module; now it is the web's. What only the module has is taken from there. */
function bothCryptos() {
  const module = require('crypto');
  return new Proxy(module.webcrypto, {
    get(target, name) {
      if (name in target) {
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
      }
      if (!Object.hasOwn(module, name)) return undefined;
      gone(`crypto.${name}`, `require('crypto').${name}; without require, crypto is the Web Crypto API`);
      return module[name];
    },
    has: (target, name) => name in target || Object.hasOwn(module, name),
  });
}

/** Whether a value is, or holds, what has connections: a pool, a client, or a promise that may bring one. */
function holdsConnections(value, depth = 2) {
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof Promise || ['end', 'close', 'destroy', 'unbind'].some((name) => typeof value[name] === 'function')) return true;
  const inside = value instanceof Map ? [...value.values()] : Object.values(value);
  return depth > 0 && inside.length < 100 && inside.some((each) => holdsConnections(each, depth - 1));
}

let runtime;
/** The names that no script has put into `global`. */
let ours;

/** Whether the script keeps connections in `global`, for the next run. */
exports.keepsConnections = () => {
  const names = Object.keys(globalThis).filter((name) => !ours.has(name));
  return names.some((name) => holdsConnections(Object.getOwnPropertyDescriptor(globalThis, name)?.value));
};

/** Called by the engine before each run with what the container imitates: `compatible`, `18` or `22`. */
exports.begin = (wanted) => {
  forgetRun();
  reported.clear();
  made.clear();
  if (runtime !== undefined) return;
  runtime = wanted;
  if (wanted === 'compatible') {
    for (const name of Object.keys(implicit)) old(name, implicit[name]);
    lazy('crypto', bothCryptos);
  } else if (wanted === '18') {
    features.onlyNode18();
  }
  ours = new Set(Object.keys(globalThis));
};
