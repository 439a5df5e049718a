// The part of the table (`modules.mjs`) for SQL Server, MongoDB and LDAP: the real packages over sockets of their own protocol.
import { ldapjsOffV8 } from './internal/ldapjs.transform.mjs';
import { mongodbInRun } from './internal/mongodb.transform.mjs';

const mongodbAbsent = './internal/mongodb-absent.cjs';
const mongodbOverHost = {
  '@mongodb-js/saslprep': './internal/mongodb-saslprep.cjs',
  fs: './internal/mongodb-files.cjs',
  http: mongodbAbsent,
  net: './internal/mongodb-net.cjs',
  os: './internal/mongodb-system.cjs',
  socks: mongodbAbsent,
  tls: './internal/mongodb-tls.cjs',
  'whatwg-url': './internal/mongodb-url.cjs',
  zlib: mongodbAbsent,
};

const ldapjsOverHost = {
  '../dtrace': './internal/ldapjs-dtrace.cjs',
  './server': './internal/ldapjs-server.cjs',
  assert: './internal/ldapjs-assert.cjs',
  net: './internal/ldapjs-net.cjs',
  tls: './internal/ldapjs-tls.cjs',
  url: './internal/ldapjs-url.cjs',
  util: './internal/ldapjs-util.cjs',
};

const tediousOverHost = {
  './connector': './internal/tedious-connector.cjs',
  './instance-lookup': './internal/tedious-instance.cjs',
  './message-io': './internal/tedious-message-io.cjs',
  '@azure/core-auth': './internal/tedious-azure.cjs',
  '@azure/identity': './internal/tedious-azure.cjs',
  '@js-joda/core': './internal/tedious-joda.cjs',
  constants: './internal/tedious-system.cjs',
  dgram: './internal/tedious-system.cjs',
  dns: './internal/tedious-system.cjs',
  'iconv-lite': './internal/tedious-iconv.cjs',
  'js-md4': './internal/tedious-late.cjs',
  'native-duplexpair': './internal/tedious-system.cjs',
  net: './internal/tedious-net.cjs',
  os: './internal/tedious-system.cjs',
  'readable-stream': 'stream',
  'sprintf-js': './internal/tedious-late.cjs',
  url: './internal/tedious-late.cjs',
  util: './internal/tedious-late.cjs',
  tls: './internal/tedious-tls.cjs',
};

const tediousDiffers = [
  'a config with user and password at its top opens by itself and without encryption, as before version 9; version 19 alone would never connect',
  'an instance is reached by its port only: options.instanceName fails with EINSTLOOKUP',
  'tokens of Azure must be given (azure-active-directory-access-token); the types that fetch one fail when they connect',
  'the server is told the machine name localhost',
];

const mssqlOverHost = {
  debug: './node_modules/debug/src/browser.js',
  'node:diagnostics_channel': './internal/mssql-diagnostics.cjs',
};

export const storeModules = [
  { name: 'internal/md4', entry: 'js-md4', internal: true },
  { name: 'internal/sprintf', entry: 'sprintf-js', internal: true },
  { name: 'internal/saslprep', entry: '@mongodb-js/saslprep', internal: true },
  { name: 'bson', entry: 'bson', status: 'package', package: 'bson' },
  { name: 'dns', entry: './dns.js', status: 'bridged', builtin: true },
  { name: 'dns/promises', entry: './dns-promises.js', status: 'bridged', builtin: true },
  { name: 'mongodb', entry: 'mongodb', status: 'bridged', package: 'mongodb', replace: mongodbOverHost, transform: mongodbInRun, lazy: {} },
  { name: 'internal/store-socket', entry: './internal/store-socket.js', internal: true },
  { name: 'ldapjs', entry: './ldapjs.js', status: 'bridged', package: 'ldapjs', replace: ldapjsOverHost, transform: ldapjsOffV8, lazy: {} },
  { name: 'mssql', entry: 'mssql', status: 'bridged', package: 'mssql', replace: mssqlOverHost, lazy: {}, differences: tediousDiffers.slice(1) },
  {
    name: 'pg-cursor', entry: './pg-cursor.js', status: 'bridged', package: 'pg-cursor',
    replace: { 'pg/lib/result.js': './pg-cursor-result.cjs', 'pg/lib/utils.js': './pg-cursor-utils.cjs' },
    differences: ['its first read brings all rows, which are handed out as they are asked for'],
  },
  { name: 'pg-query-stream', entry: 'pg-query-stream', status: 'package', package: 'pg-query-stream' },
  { name: 'pg-types', entry: './pg-types.js', status: 'package', package: 'pg-types' },
  { name: 'tedious', entry: './tedious.js', status: 'bridged', package: 'tedious', replace: tediousOverHost, lazy: {}, differences: tediousDiffers },
];
