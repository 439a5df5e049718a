// What a container starts with: Node's globals, each loaded when it is first touched, so that a run pays for what it uses.
'use strict';

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
for (const name of ['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'structuredClone']) {
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

// Named through a variable so that the bundler leaves them to the table, where the database modules come and go.
const load = (name) => require(name);

// Names that were globals before the platform's Node 16 (contract §7). Old scripts in tenants still use them.
function implicit(name, load) {
  lazy(name, () => {
    host.warn('implicit_global', `${name} is used without require; the platform took such globals away with Node 16: add require('${name === 'postgres' ? 'pg' : name === '_' ? 'lodash' : name}')`);
    return load();
  });
}
implicit('request', () => load('request'));
implicit('bcrypt', () => load('bcrypt'));
implicit('_', () => load('lodash'));
implicit('uuid', () => load('uuid'));
implicit('querystring', () => load('querystring'));
implicit('mysql', () => {
  const mysql = load('mysql');
  return Object.assign((configuration) => mysql.createConnection(configuration), mysql);
});
implicit('pg', () => load('pg'));
implicit('postgres', () => {
  const pg = load('pg');
  return Object.assign((target, callback) => pg.connect(target, callback), pg);
});
