// `sqlite3`: the surface of the npm package over the host's SQLite.
'use strict';
const EventEmitter = require('events');
const { Database, Statement } = require('internal/sqlite3');

const codes = [
  'OK', 'ERROR', 'INTERNAL', 'PERM', 'ABORT', 'BUSY', 'LOCKED', 'NOMEM', 'READONLY', 'INTERRUPT', 'IOERR', 'CORRUPT', 'NOTFOUND',
  'FULL', 'CANTOPEN', 'PROTOCOL', 'EMPTY', 'SCHEMA', 'TOOBIG', 'CONSTRAINT', 'MISMATCH', 'MISUSE', 'NOLFS', 'AUTH', 'FORMAT',
  'RANGE', 'NOTADB',
];
const limits = [
  'LENGTH', 'SQL_LENGTH', 'COLUMN', 'EXPR_DEPTH', 'COMPOUND_SELECT', 'VDBE_OP', 'FUNCTION_ARG', 'ATTACHED',
  'LIKE_PATTERN_LENGTH', 'VARIABLE_NUMBER', 'TRIGGER_DEPTH', 'WORKER_THREADS',
];

const sqlite3 = {
  Database,
  Statement,
  OPEN_READONLY: 1,
  OPEN_READWRITE: 2,
  OPEN_CREATE: 4,
  OPEN_FULLMUTEX: 0x10000,
  OPEN_URI: 0x40,
  OPEN_SHAREDCACHE: 0x20000,
  OPEN_PRIVATECACHE: 0x40000,
  // What sqlite3 5.1.7 is built with.
  VERSION: '3.44.2',
  SOURCE_ID: '2023-11-24 11:41:44 ebead0e7230cd33bcec9f95d2183069565b9e709bf745c9b5db65cc0cbf92c0f',
  VERSION_NUMBER: 3044002,
  ...Object.fromEntries(codes.map((name, code) => [name, code])),
  ...Object.fromEntries(limits.map((name, id) => [`LIMIT_${name}`, id])),
};
module.exports = sqlite3;

/** A method of Database that prepares a statement and hands it the other arguments. */
function overStatement(use) {
  return function method(sql, ...args) {
    const callback = args.at(-1);
    const failed = typeof callback === 'function' ? (error) => { if (error) callback(error); } : undefined;
    return use.call(this, new Statement(this, sql, failed), args);
  };
}

Database.prototype.prepare = overStatement((statement, args) => (args.length > 0 ? statement.bind(...args) : statement));
for (const name of ['run', 'get', 'all', 'each', 'map']) {
  Database.prototype[name] = overStatement(function once(statement, args) {
    statement[name](...args).finalize();
    return this;
  });
}

Statement.prototype.map = function map(...args) {
  const callback = args.pop();
  return this.all(...args, (error, rows) => {
    if (error) {
      callback(error);
      return;
    }
    const keys = Object.keys(rows[0] ?? {});
    const value = (row) => (keys.length > 2 ? row : row[keys[1]]);
    callback(error, Object.fromEntries(rows.map((row) => [row[keys[0]], value(row)])));
  });
};

Database.prototype.backup = function backup() {
  throw new Error('sqlite3: backup is not available here: a script reaches the one file it was given.');
};

const reported = ['trace', 'profile', 'change'];
Database.prototype.on = function on(type, ...rest) {
  const result = EventEmitter.prototype.addListener.call(this, type, ...rest);
  if (reported.includes(type)) this.configure(type, true);
  return result;
};
Database.prototype.addListener = Database.prototype.on;
Database.prototype.removeListener = function removeListener(type, ...rest) {
  const result = EventEmitter.prototype.removeListener.call(this, type, ...rest);
  if (reported.includes(type) && !this._events[type]) this.configure(type, false);
  return result;
};
Database.prototype.removeAllListeners = function removeAllListeners(type) {
  const result = EventEmitter.prototype.removeAllListeners.apply(this, arguments);
  if (reported.includes(type)) this.configure(type, false);
  return result;
};

// The npm package adds the call with its parameters to stacks; they may hold passwords, so it stays away here.
sqlite3.verbose = () => sqlite3;

sqlite3.cached = {
  objects: {},
  Database(file, a, b) {
    if (file === '' || file === ':memory:') return new Database(file, a, b);
    const known = sqlite3.cached.objects[file];
    if (!known) {
      sqlite3.cached.objects[file] = new Database(file, a, b);
      return sqlite3.cached.objects[file];
    }
    const callback = typeof a === 'number' ? b : a;
    if (typeof callback === 'function') {
      const opened = () => callback.call(known, null);
      if (known.open) queueMicrotask(opened);
      else known.once('open', opened);
    }
    return known;
  },
};
