// The table of modules a script can `require`, and of the pieces they share.
//
//   name       what `require` is called with (`node:name` works for builtins by itself)
//   entry      a file beside this one, or the npm package itself
//   status     package   the real npm package, unchanged
//              polyfill  an npm polyfill of a Node builtin, with our corrections
//              bridged   our own, or the package's own surface over our natives or a host request
//   package    the npm package whose version stands in (reported by `require('name@version')`)
//   version    that version, where the package itself is not installed
//   part       of a package with a file for each function: the property of `entry`'s module that this one is, '' for the whole
//   builtin    true for Node's own modules
//   replace    { 'module as the package imports it': 'file beside this one, or a name of this table' }: how a transport or
//              native binding is swapped
//   transform  a function (source, path) => source for the few places where a package has no seam to swap
//   lazy       {} for a package whose files may be read when they are first needed (lazy.mjs, chunks.mjs); what matches `eager`
//              in it is required at once, as the package writes it
//   commonjs   the paths of sources that `transform` makes CommonJS, in a package whose files are modules of the language
//   internal   true for pieces that scripts cannot require
//   differences  what differs from Node or the package, one sentence each, beyond what the parity suite lists and what the surface
//              table (surface.mjs) finds by itself: functions that are absent
//   refuses    functions that are there only to say that they are not to be had; the surface table calls them absent
import { cloudModules } from './modules-cloud.mjs';
import { httpModules } from './modules-http.mjs';
import { packageModules } from './modules-packages.mjs';
import { storeModules } from './modules-stores.mjs';
import { bcryptjsOverNative } from './internal/bcryptjs.transform.mjs';
import { bluebirdJoinsLater } from './internal/bluebird.transform.mjs';
import { assertAsNode } from './internal/assert.transform.mjs';
import { inspectOverEngine } from './internal/inspect.transform.mjs';
import { lodashWithoutGlobal } from './internal/lodash.transform.mjs';
import { pgAwaited } from './internal/pg.transform.mjs';
import { momentLocalesApart } from './internal/moment.transform.mjs';
import { joseInParts } from './internal/node-jose.transform.mjs';
import { wholeConfig } from './mysql.transform.mjs';

const piece = (name, more = {}) => ({ name: `internal/${name}`, entry: `./internal/${name}.js`, internal: true, ...more });

const pgOverHost = {
  awaited: './internal/awaited.cjs',
  './client': './pg-client.js',
  './connection': './pg-connection.js',
  './crypto/sasl': './pg-absent.js',
  './crypto/utils': './pg-absent.js',
  './native': './pg-native.js',
  dns: './pg-absent.js',
  'pg-connection-string': './node_modules/pg-connection-string/index.js',
  'pg-pool': './pg-pool.js',
  'pg-protocol': './pg-protocol.js',
  'pg-types': './node_modules/pg-types/index.js',
  pgpass: './pg-absent.js',
  util: './pg-util.js',
  'util/types': './pg-util.js',
};

// Loaded late: what most runs never touch.
const mysqlOverHost = {
  '../constants/errors': './mysql-errors.cjs',
  'mysql/lib/Connection': './node_modules/mysql/lib/Connection.js',
  'bignumber.js': './mysql-bignumber.cjs',
  crypto: './mysql-absent.js',
  fs: './mysql-absent.js',
  net: './mysql-socket.cjs',
  'readable-stream': './mysql-readable.cjs',
  sqlstring: './node_modules/sqlstring/index.js',
  stream: './mysql-stream.cjs',
  tls: './mysql-absent.js',
  url: './mysql-url.cjs',
  './protocol/constants/ssl_profiles': 'internal/mysql-ssl-profiles',
};

const mysql2OverHost = {
  '../constants/errors.js': './mysql2-errors.cjs',
  './column_definition': './mysql2-column.cjs',
  './constants/ssl_profiles.js': 'internal/mysql2-ssl-profiles',
  crypto: './mysql-absent.js',
  'iconv-lite': './mysql-iconv.js',
  'lru.min': './mysql-lru.cjs',
  net: './mysql-socket.cjs',
  'node:diagnostics_channel': './mysql-absent.js',
  'sql-escaper': './mysql2-escaper.cjs',
  stream: './mysql-stream.cjs',
  tls: './mysql-absent.js',
  url: './mysql-url.cjs',
  zlib: './mysql-absent.js',
};

// Polyfills of what the engine has.
const assertOverEngine = {
  'call-bind/callBound': './internal/call-bound.js',
  'is-nan': './internal/is-nan.js',
  'object-is': './internal/object-is.js',
  'object-is/polyfill': './internal/object-is.js',
  'object.assign/polyfill': './internal/object-assign.js',
};

/** A file inside a package that shares its objects. */
const FILES = './internal/package-files.js';
const fileOf = (name, file, entry, part) => ({
  name: `${name}/${file}`, entry, part, status: 'bridged', package: name, replace: { [FILES]: 'internal/package-files' },
});

/** Files of pg; each is a property of the whole. */
const PG_FILES = {
  client: 'Client', connection: 'Connection', defaults: 'defaults', query: 'Query', result: 'Result', 'type-overrides': 'TypeOverrides', utils: 'utils',
};

export const modules = [
  // Shared pieces
  { name: 'globals', entry: './globals.js', internal: true },
  piece('buffer-numbers'),
  piece('ciphers'),
  piece('collation'),
  piece('comparisons', { replace: assertOverEngine }),
  piece('console'),
  piece('crypto-agreement'),
  piece('crypto-bytes'),
  piece('crypto-cipher-table'),
  piece('crypto-constants'),
  piece('crypto-derivation'),
  piece('crypto-generation'),
  piece('crypto-groups'),
  piece('crypto-key-wrap'),
  piece('crypto-passphrase'),
  piece('crypto-web'),
  piece('crypto-web-arguments'),
  piece('crypto-web-key'),
  piece('crypto-web-keys'),
  piece('crypto-web-operations'),
  piece('encoding'),
  piece('encodings'),
  piece('env-file'),
  piece('errors'),
  piece('inspect', { transform: inspectOverEngine }),
  piece('json-faults'),
  piece('key-export'),
  piece('keys'),
  piece('locale'),
  piece('locale-formats'),
  piece('mime'),
  piece('moment-files'),
  piece('moment-locales', { replace: { '../moment': 'moment' } }),
  piece('package-files'),
  piece('parse-args'),
  piece('preview'),
  piece('promisify-names'),
  piece('rsa-encryption'),
  piece('signatures'),
  piece('sqlite3'),
  piece('system-errors'),
  piece('table'),
  piece('types'),
  piece('url'),
  piece('web'),
  piece('web-shown'),
  piece('zlib-coding'),
  piece('zlib-constants'),
  piece('zlib-streams'),
  { name: 'internal/mysql2', entry: './mysql2-all.js', internal: true, replace: mysql2OverHost, transform: wholeConfig },
  { name: 'internal/bignumber', entry: 'bignumber.js', internal: true },
  { name: 'internal/mysql-errors', entry: 'mysql/lib/protocol/constants/errors', internal: true },
  { name: 'internal/mysql2-errors', entry: './node_modules/mysql2/lib/constants/errors.js', internal: true },
  { name: 'internal/mysql-ssl-profiles', entry: 'mysql/lib/protocol/constants/ssl_profiles', internal: true },
  { name: 'internal/mysql2-ssl-profiles', entry: './node_modules/mysql2/lib/constants/ssl_profiles.js', internal: true },

  // Node builtins
  { name: 'assert', entry: './assert.js', status: 'polyfill', package: 'assert', builtin: true, replace: assertOverEngine, transform: assertAsNode },
  { name: 'assert/strict', entry: './assert-strict.js', status: 'polyfill', package: 'assert', builtin: true },
  { name: 'buffer', entry: './buffer.js', status: 'bridged', builtin: true },
  { name: 'console', entry: './console.js', status: 'bridged', builtin: true },
  { name: 'constants', entry: './constants.js', status: 'bridged', builtin: true, differences: ['the numbers are those of Linux, where the platform runs'] },
  {
    name: 'crypto', entry: './crypto.js', status: 'bridged', builtin: true,
    refuses: ['Certificate', 'X509Certificate', 'setEngine'],
    differences: [
      'hashes, HMAC, PBKDF2, scrypt, HKDF, randomness, ciphers, keys, their generation and signatures are native code',
      'key pairs are RSA up to 4096 bits, P-256, P-384, P-521, secp256k1, Ed25519 and X25519; a run waits for a new one as Node does',
      'ciphers are AES in ECB, CBC, CTR and GCM, its key wrap, and triple DES in ECB and CBC; private keys under a passphrase use AES and triple DES in CBC',
    ],
  },
  { name: 'diagnostics_channel', entry: './diagnostics_channel.js', status: 'bridged', builtin: true },
  { name: 'events', entry: './events.js', status: 'polyfill', package: 'events', builtin: true },
  { name: 'path', entry: './path.js', status: 'polyfill', package: 'path-browserify', builtin: true },
  { name: 'path/posix', entry: './path-posix.js', status: 'polyfill', package: 'path-browserify', builtin: true },
  {
    name: 'perf_hooks', entry: './perf_hooks.js', status: 'bridged', builtin: true,
    differences: ['time is that of the run: now() is zero when it begins'],
  },
  {
    name: 'process', entry: './process.js', status: 'bridged', builtin: true,
    differences: [
      'env is empty and writable; arch, platform, pid and versions are those of the platform’s runtime',
      'exit, abort and kill have no effect but a warning: a script ends by calling its callback',
    ],
  },
  { name: 'punycode', entry: 'punycode/', status: 'polyfill', package: 'punycode', builtin: true },
  { name: 'querystring', entry: './querystring.js', status: 'bridged', builtin: true },
  { name: 'stream', entry: './stream.js', status: 'polyfill', package: 'readable-stream', builtin: true, replace: { 'abort-controller': 'internal/web' } },
  { name: 'stream/consumers', entry: './stream-consumers.js', status: 'bridged', builtin: true },
  { name: 'stream/promises', entry: './stream-promises.js', status: 'polyfill', package: 'readable-stream', builtin: true },
  { name: 'stream/web', entry: './stream-web.js', status: 'bridged', builtin: true },
  { name: 'string_decoder', entry: './string_decoder.js', status: 'polyfill', package: 'string_decoder', builtin: true },
  { name: 'sys', entry: './sys.js', status: 'bridged', builtin: true },
  { name: 'timers', entry: './timers.js', status: 'bridged', builtin: true },
  { name: 'timers/promises', entry: './timers-promises.js', status: 'bridged', builtin: true },
  { name: 'tty', entry: './tty.js', status: 'bridged', builtin: true, refuses: ['ReadStream', 'WriteStream'] },
  { name: 'url', entry: './url.js', status: 'polyfill', package: 'url', builtin: true, replace: { qs: './internal/qs.js' } },
  { name: 'util', entry: './util.js', status: 'bridged', builtin: true },
  { name: 'util/types', entry: './util-types.js', status: 'bridged', builtin: true },
  {
    name: 'zlib', entry: './zlib.js', status: 'bridged', builtin: true,
    differences: ['Brotli is read and not written'],
  },

  ...cloudModules,
  ...httpModules,
  ...storeModules,
  ...packageModules,

  // Packages
  {
    name: 'argon2', entry: 'argon2', status: 'bridged', package: 'argon2', replace: { 'node-gyp-build': './internal/argon2-binding.js' },
    differences: ['the hash is native code; a run waits for it as Node does'],
  },
  { name: 'async', entry: 'async', status: 'package', package: 'async' },
  {
    name: 'bcrypt', entry: 'bcrypt', status: 'bridged', package: 'bcrypt', replace: { 'node-gyp-build': './internal/bcrypt-binding.js' },
    differences: ['the hash is native code; a run waits for it as Node does'],
  },
  {
    name: 'bcryptjs', entry: 'bcryptjs', status: 'bridged', package: 'bcryptjs', transform: bcryptjsOverNative,
    differences: ['the rounds are native code'],
  },
  { name: 'bluebird', entry: 'bluebird', status: 'package', package: 'bluebird', transform: bluebirdJoinsLater },
  { name: 'firebase-scrypt', entry: 'firebase-scrypt', status: 'package', package: 'firebase-scrypt' },
  { name: 'jose', entry: 'jose', status: 'package', package: 'jose', lazy: {} },
  {
    name: 'jsonwebtoken', entry: 'jsonwebtoken', status: 'package', package: 'jsonwebtoken', lazy: {}, replace: { semver: './internal/jsonwebtoken-versions.cjs' },
  },
  { name: 'jwks-rsa', entry: 'jwks-rsa', status: 'package', package: 'jwks-rsa', lazy: {}, replace: { debug: './node_modules/debug/src/browser.js' } },
  { name: 'jws', entry: 'jws', status: 'package', package: 'jws', lazy: {} },
  { name: 'jwt-decode', entry: 'jwt-decode', status: 'package', package: 'jwt-decode' },
  {
    name: 'lodash', entry: 'lodash', status: 'package', package: 'lodash', transform: lodashWithoutGlobal,
    differences: ['noConflict leaves the global _ alone'],
  },
  { name: 'lodash/fp', entry: 'lodash/fp', status: 'package', package: 'lodash', replace: { './lodash.min': 'lodash' } },
  {
    name: 'moment', entry: 'moment', status: 'package', package: 'moment', transform: momentLocalesApart,
    differences: ['a locale loads at its first use; all of the package’s are there'],
  },
  {
    name: 'mysql', entry: './mysql.js', status: 'bridged', package: 'mysql', replace: mysqlOverHost, transform: wholeConfig,
    differences: ['the package’s own code over the host’s connection: TLS, authentication and the wire are the host’s'],
  },
  ...['Connection', 'Pool', 'PoolCluster', 'PoolConnection', 'protocol/SqlString'].map((file) => fileOf('mysql', `lib/${file}`, FILES, `mysql['${file}']`)),
  {
    name: 'mysql2', entry: './mysql2.js', status: 'bridged', package: 'mysql2',
    differences: ['the package’s own code over the host’s connection: TLS, authentication and the wire are the host’s'],
  },
  { name: 'mysql2/promise', entry: './mysql2-promise.js', status: 'bridged', package: 'mysql2' },
  { name: 'native-or-bluebird', entry: 'native-or-bluebird', status: 'package', package: 'native-or-bluebird' },
  {
    name: 'node-jose', entry: 'node-jose', status: 'package', package: 'node-jose', lazy: {}, transform: joseInParts,
    differences: ['the public point of an EC key is native code'],
  },
  {
    name: 'pg', entry: './pg.js', status: 'bridged', package: 'pg', replace: pgOverHost, transform: pgAwaited,
    differences: [
      'the package’s own code over the host’s connection: Connection has no methods for bytes, and pg.native is absent',
      'connect, end and the module as a function are those of pg before 7, which old scripts use',
    ],
  },
  ...Object.entries(PG_FILES).map(([file, part]) => fileOf('pg', `lib/${file}`, 'pg', part)),
  { ...fileOf('pg-pool', '', FILES, 'pgPool'), name: 'pg-pool' },
  { name: 'qs', entry: 'qs', status: 'package', package: 'qs', lazy: {} },
  {
    name: 'sqlite3', entry: './sqlite3.js', status: 'bridged', package: 'sqlite3', version: '5.1.7',
    differences: [
      'written for Sluice over the host’s SQLite; backup throws',
      'verbose adds nothing to stacks: they could hold passwords',
    ],
  },
  { name: 'uuid', entry: 'uuid', status: 'package', package: 'uuid' },
  { name: 'xml2js', entry: 'xml2js', status: 'package', package: 'xml2js' },
];

const noConnection = (store) => `Sluice has no connection to ${store}; the platform may have the module, see its list for your runtime`;

/** Names a script may ask for that the sandbox will never have, each with the reason shown in the error. */
export const unavailable = {
  async_hooks: 'the engine does not tell which step follows from which; pass the value on as an argument',
  'cassandra-driver': noConnection('Cassandra'),
  child_process: 'a script cannot start programs',
  cluster: 'a script cannot start programs',
  couchbase: noConnection('Couchbase'),
  dgram: 'a script has no sockets; databases are reached through their own modules',
  domain: 'errors are caught with try, promises and callbacks only',
  edge: 'the platform dropped it on 2023-06-21',
  fs: 'a script has no files (the platform has no file-system writes either)',
  'fs/promises': 'a script has no files (the platform has no file-system writes either)',
  http2: 'requests go out over HTTP/1.1: use https, fetch or axios',
  inspector: 'a script cannot be inspected from inside',
  'inspector/promises': 'a script cannot be inspected from inside',
  ioredis: noConnection('Redis'),
  knex: 'Sluice does not have it: write the query for pg, mysql, mysql2, mssql or sqlite3, which are there',
  module: 'modules come from this list only',
  mongoose: 'Sluice does not have it: use mongodb, which is there',
  nano: 'Sluice does not have it: CouchDB is reached over HTTP, with fetch, axios or request',
  net: 'a script has no sockets; databases are reached through their own modules',
  oracledb: 'the platform dropped it on 2023-06-21',
  os: 'a script cannot see the machine',
  'path/win32': 'paths are those of Linux, where the platform runs',
  readline: 'a script has no terminal and no files to read by line',
  'readline/promises': 'a script has no terminal and no files to read by line',
  redis: noConnection('Redis'),
  repl: 'a script has no terminal',
  sequelize: 'Sluice does not have it: write the query for pg, mysql, mysql2, mssql or sqlite3, which are there',
  tls: 'a script has no sockets; databases are reached through their own modules',
  trace_events: 'the engine here is QuickJS',
  v8: 'the engine here is QuickJS',
  vm: 'a script cannot make further engines',
  wasi: 'a script has no files and no programs',
  worker_threads: 'a script has one thread',
};
