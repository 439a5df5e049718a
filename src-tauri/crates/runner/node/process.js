// `process` without power: an empty, writable environment, versions of the imitated runtime, and nothing that ends the run.
'use strict';
const EventEmitter = require('events');
const { checkFunction, nodeError } = require('internal/errors');

const VERSIONS = {
  18: { node: '18.20.8', v8: '10.2.154.26-node.36', modules: '108', openssl: '3.0.16', uv: '1.44.2' },
  22: { node: '22.14.0', v8: '12.4.254.21-node.33', modules: '127', openssl: '3.0.15+quic', uv: '1.49.2' },
};
const versions = VERSIONS[host.profile()];

class process extends EventEmitter {}
const self = new process();

/** As Node raises it where only `uncaughtException` is listened for and the reason is no error. */
function rejectedWith(reason) {
  return nodeError(Error, 'ERR_UNHANDLED_REJECTION', 'This error originated either by throwing inside of an async function without a catch '
    + `block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${require('util').inspect(reason)}".`);
}

host.setListeners((error, promise) => {
  if (promise !== undefined && self.emit('unhandledRejection', error, promise)) return true;
  if (self.listenerCount('uncaughtException') === 0) return false;
  return promise === undefined ? self.emit('uncaughtException', error, 'uncaughtException')
    : self.emit('uncaughtException', error instanceof Error ? error : rejectedWith(error), 'unhandledRejection');
});

const define = (name, value) => Object.defineProperty(self, name, { value, writable: true, enumerable: true, configurable: true });

define('version', `v${versions.node}`);
define('versions', { ...versions });
define('release', { name: 'node', lts: host.profile() === '18' ? 'Hydrogen' : 'Jod' });
define('arch', 'x64');
define('platform', 'linux');
define('title', 'node');
define('pid', 1);
define('ppid', 0);
define('argv', ['node']);
define('argv0', 'node');
define('execArgv', []);
define('execPath', '/usr/bin/node');
// Values become text, as in Node's. NODE_TLS_REJECT_UNAUTHORIZED = 0 is read by https, as there, and the run warns of it.
define('env', new Proxy({}, {
  set(target, key, value) {
    if (typeof key === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    target[key] = `${value}`;
    return true;
  },
}));
define('exitCode', undefined);
define('features', {});
define('config', {});
define('stdout', { isTTY: false, columns: 80, write: (text) => { line('log', text); return true; } });
define('stderr', { isTTY: false, columns: 80, write: (text) => { line('error', text); return true; } });

function line(level, text) { host.console(level, String(text).replace(/\n$/, '')); }

function powerless(name) {
  return function () {
    host.warn('process_exit', `process.${name}() has no effect: a script ends by calling its callback`);
  };
}

Object.assign(self, {
  nextTick(callback, ...values) {
    checkFunction(callback, 'callback');
    host.nextTick(values.length === 0 ? () => { callback(); } : () => { callback(...values); });
  },
  hrtime: Object.assign(function hrtime(since) {
    const now = host.now();
    let seconds = Math.floor(now / 1000);
    let nanos = Math.floor((now % 1000) * 1e6);
    if (since !== undefined) {
      seconds -= since[0];
      nanos -= since[1];
      if (nanos < 0) {
        seconds--;
        nanos += 1e9;
      }
    }
    return [seconds, nanos];
  }, { bigint: () => BigInt(Math.floor(host.now() * 1e6)) }),
  uptime: () => host.now() / 1000,
  cwd: () => '/',
  chdir() { throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'process.chdir() is not available: a script has no files'); },
  memoryUsage: Object.assign(function memoryUsage() {
    const used = host.native.memoryUsed();
    return { rss: used, heapTotal: used, heapUsed: used, external: 0, arrayBuffers: 0 };
  }, { rss: () => host.native.memoryUsed() }),
  cpuUsage: () => ({ user: Math.floor(host.now() * 1000), system: 0 }),
  umask: () => 18,
  getuid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getegid: () => 1000,
  emitWarning(warning) {
    const text = warning instanceof Error ? `${warning.name}: ${warning.message}` : `Warning: ${warning}`;
    host.warn('process_warning', text);
  },
  binding() { throw nodeError(Error, 'ERR_ACCESS_DENIED', 'process.binding is not available in the sandbox'); },
  exit: powerless('exit'),
  abort: powerless('abort'),
  kill: powerless('kill'),
});
Object.defineProperty(self, Symbol.toStringTag, { value: 'process', configurable: true });
module.exports = self;
