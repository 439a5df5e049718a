// Database and Statement of `sqlite3`: the queues of its native part, with the host in place of the library.
//
// As there: calls wait until the file is open; an exclusive call (exec, close, wait, everything under serialize) waits until
// nothing is under way and holds back what comes after; calls on one statement run one after the other.
'use strict';
const { Buffer } = require('buffer');
const EventEmitter = require('events');

const READWRITE = 2;
const CREATE = 4;
const FULLMUTEX = 0x10000;
const BUSY = 5;
const MISUSE = 21;

function failure(name, errno, message) {
  return Object.assign(new Error(`${name}: ${message}`), { errno, code: name });
}

const misuse = (message) => failure('SQLITE_MISUSE', MISUSE, message);

/** A fault of the host as `sqlite3`'s error. */
function errorOf({ message, code, fields }) {
  const error = new Error(message);
  if (fields.errno !== undefined) error.errno = fields.errno;
  if (code) error.code = code;
  return error;
}

const isFunction = (value) => typeof value === 'function';

/** The callback that may stand at a place; anything else there is a mistake. */
function optionalFunction(args, place) {
  const value = args[place];
  if (value !== undefined && !isFunction(value)) throw new TypeError(`Argument ${place} must be a function`);
  return value;
}

class Database {
  constructor(file, ...rest) {
    if (typeof file !== 'string') throw new TypeError('String expected');
    const given = Number.isInteger(rest[0]);
    const mode = given ? rest.shift() : READWRITE | CREATE | FULLMUTEX;
    const callback = isFunction(rest[0]) ? rest[0] : undefined;
    const fixed = (value) => ({ value, enumerable: false, configurable: false, writable: false });
    const hidden = (value) => ({ value, enumerable: false, configurable: true, writable: true });
    Object.defineProperties(this, {
      filename: { ...fixed(file), enumerable: true },
      mode: { ...fixed(mode), enumerable: true },
      _state: hidden({
        open: false, locked: false, serial: false, closing: false, pending: 0, statements: 0, queue: [], client: undefined, watched: new Set(),
      }),
    });
    host.request('sqlite3 open', { op: 'connect', store: 'sqlite', parameters: { file, mode } }, (reply) => {
      const state = this._state;
      const error = reply.result === 'connected' ? null : errorOf(reply.fault);
      if (!error) {
        state.open = true;
        state.client = reply.client;
      }
      if (callback) callback.call(this, error);
      else if (error) this.emit('error', error);
      if (state.open) {
        this.emit('open');
        this._process();
      }
    });
  }

  get open() {
    return this._state.open;
  }

  _process() {
    const state = this._state;
    if (!state.open && state.locked && state.queue.length > 0) {
      const error = misuse('Database handle is closed');
      let called = false;
      for (const { callback } of state.queue.splice(0)) {
        if (isFunction(callback)) {
          callback.call(this, error);
          called = true;
        }
      }
      if (!called) this.emit('error', error);
      return;
    }
    while (state.open && (!state.locked || state.pending === 0) && state.queue.length > 0) {
      if (state.queue[0].exclusive && state.pending > 0) break;
      const { work, exclusive } = state.queue.shift();
      state.locked = exclusive;
      work();
      if (state.locked) break;
    }
  }

  _schedule(work, callback, exclusive = false) {
    const state = this._state;
    if (!state.open && state.locked) {
      const error = misuse('Database is closed');
      if (isFunction(callback)) callback.call(this, error);
      else this.emit('error', error);
      return;
    }
    if (!state.open || ((state.locked || exclusive || state.serial) && state.pending > 0)) {
      state.queue.push({ work, callback, exclusive: exclusive || state.serial });
    } else {
      state.locked = exclusive;
      work();
    }
  }

  /** Asks the host; `done` hears of a failure first and of the result sets second. */
  _ask(label, request, done) {
    const state = this._state;
    state.pending += 1;
    host.request(label, { ...request, client: state.client }, (reply) => {
      done(reply.result === 'failed' ? errorOf(reply.fault) : null, reply.sets);
    });
  }

  _end() {
    this._state.pending -= 1;
    this._process();
  }

  exec(sql, ...rest) {
    if (typeof sql !== 'string') throw new TypeError('Argument 0 must be a string');
    const callback = optionalFunction([sql, ...rest], 1);
    this._schedule(() => {
      this._ask('sqlite3 exec', { op: 'query', sql, parameters: [], protocol: 'simple' }, (error) => {
        if (!error) this._traced(sql, []);
        if (callback) callback.call(this, error);
        else if (error) this.emit('error', error);
        this._end();
      });
    }, callback, true);
    return this;
  }

  wait(...args) {
    const callback = optionalFunction(args, 0);
    this._schedule(() => {
      if (callback) callback.call(this, null);
      this._process();
    }, callback, true);
    return this;
  }

  close(...args) {
    const callback = optionalFunction(args, 0);
    this._schedule(() => {
      const state = this._state;
      state.closing = true;
      const done = (error) => {
        state.pending -= 1;
        state.closing = false;
        if (!error) state.open = false;
        if (callback) callback.call(this, error);
        else if (error) this.emit('error', error);
        if (!state.open) {
          this.emit('close');
          this._process();
        }
      };
      state.pending += 1;
      if (state.statements > 0) {
        const text = 'unable to close due to unfinalized statements or unfinished backups';
        host.setTimer(() => done(failure('SQLITE_BUSY', BUSY, text)), 0);
      } else {
        host.request('sqlite3 close', { op: 'close', client: state.client }, () => done(null));
      }
    }, callback, true);
    return this;
  }

  serialize(...args) {
    return this._inMode(true, optionalFunction(args, 0));
  }

  parallelize(...args) {
    return this._inMode(false, optionalFunction(args, 0));
  }

  _inMode(serial, callback) {
    const state = this._state;
    const before = state.serial;
    state.serial = serial;
    if (callback) {
      callback.call(this);
      state.serial = before;
    }
    this._process();
    return this;
  }

  configure(option, value) {
    if (arguments.length < 2) throw new TypeError('Expected 2 arguments');
    if (option === 'trace' || option === 'profile') {
      this._state.watched[value ? 'add' : 'delete'](option);
    } else if (option === 'change') {
      if (value) host.warn('sqlite3_change', 'sqlite3: the event "change" is not reported here.');
    } else if (option === 'busyTimeout') {
      if (typeof value !== 'number') throw new TypeError('Value must be an integer');
      const sql = `PRAGMA busy_timeout = ${Math.max(0, Math.trunc(value))}`;
      this._schedule(() => {
        this._ask('sqlite3 configure', { op: 'query', sql, parameters: [], protocol: 'prepared' }, () => this._end());
      });
    } else if (option === 'limit') {
      if (typeof value !== 'number') throw new TypeError('limit id must be an integer');
      if (typeof arguments[2] !== 'number') throw new TypeError('limit value must be an integer');
    } else {
      throw new TypeError(`${option} is not a valid configuration option`);
    }
    this._process();
    return this;
  }

  interrupt() {
    if (!this._state.open) throw new Error('Database is not open');
    if (this._state.closing) throw new Error('Database is closing');
    return this;
  }

  loadExtension(file, ...rest) {
    if (typeof file !== 'string') throw new TypeError('Argument 0 must be a string');
    const callback = optionalFunction([file, ...rest], 1);
    this._schedule(() => {
      const error = failure('SQLITE_ERROR', 1, 'extensions cannot be loaded here, nor on the platform');
      host.setTimer(() => {
        if (callback) callback.call(this, error);
        else this.emit('error', error);
        this._process();
      }, 0);
    }, callback, true);
    return this;
  }

  _traced(sql, parameters) {
    if (this._state.watched.has('trace')) this.emit('trace', expanded(sql, parameters));
  }

  _profiled(sql, started) {
    if (this._state.watched.has('profile')) this.emit('profile', sql, host.now() - started);
  }
}

class Statement {
  constructor(db, sql, callback) {
    if (!(db instanceof Database)) throw new TypeError('Database object expected');
    if (typeof sql !== 'string') throw new TypeError('SQL query expected');
    if (callback !== undefined && !isFunction(callback)) throw new TypeError('Callback expected');
    Object.defineProperties(this, {
      sql: { value: sql, enumerable: true },
      _state: {
        value: {
          db, prepared: false, locked: false, finalized: false, queue: [], bound: [], cursor: undefined, isDone: false,
        },
        enumerable: false,
      },
    });
    const state = this._state;
    db._schedule(() => {
      db._ask('sqlite3 prepare', { op: 'prepare', sql }, (error) => {
        if (error) {
          try {
            this._fail(callback, error);
          } finally {
            state.finalized = true;
            state.queue.length = 0;
          }
        } else {
          state.prepared = true;
          db._state.statements += 1;
          if (callback) callback.call(this, null);
        }
        this._process();
        db._end();
      });
    }, callback);
  }

  _fail(callback, error) {
    if (isFunction(callback)) callback.call(this, error);
    else this.emit('error', error);
  }

  _process() {
    const state = this._state;
    if (state.finalized && state.queue.length > 0) {
      this._clean();
      return;
    }
    while (state.prepared && !state.locked && state.queue.length > 0) state.queue.shift().work();
  }

  _schedule(work, callback) {
    const state = this._state;
    if (state.finalized) {
      state.queue.push({ work, callback });
      this._clean();
    } else if (!state.prepared || state.locked) {
      state.queue.push({ work, callback });
    } else {
      work();
    }
  }

  _clean() {
    const state = this._state;
    const waiting = state.queue.splice(0);
    // What waits for a statement that could not be prepared is dropped: its error has been told.
    if (!state.prepared || waiting.length === 0) return;
    const error = misuse('Statement is already finalized');
    let called = false;
    for (const { callback } of waiting) {
      if (isFunction(callback)) {
        callback.call(this, error);
        called = true;
      }
    }
    if (!called) this.emit('error', error);
  }

  /** Splits arguments into parameters and callback, and schedules the work. */
  _begin(args, work) {
    const rest = [...args];
    const callback = isFunction(rest.at(-1)) ? rest.pop() : undefined;
    const parameters = parametersOf(rest);
    this._schedule(() => {
      const state = this._state;
      state.locked = true;
      if (parameters.length > 0) {
        state.bound = parameters;
        state.cursor = undefined;
        state.isDone = false;
      }
      work(callback, parameters.length > 0);
    }, callback);
    return this;
  }

  /** Runs the statement with what is bound. */
  _run(label, done) {
    const { db, bound } = this._state;
    const started = host.now();
    db._traced(this.sql, bound);
    const request = { op: 'query', sql: this.sql, parameters: bound, protocol: 'prepared' };
    db._ask(label, request, (error, sets) => {
      db._profiled(this.sql, started);
      done(error, sets?.[0] ?? { columns: [], rows: [] });
    });
  }

  /** The end of a piece of work. `asked`: it went through the host. */
  _end(asked) {
    const { db } = this._state;
    this._state.locked = false;
    if (asked) db._state.pending -= 1;
    this._process();
    db._process();
  }

  bind(...args) {
    return this._begin(args, (callback) => {
      host.setTimer(() => {
        if (callback) callback.call(this, null);
        this._end(false);
      }, 0);
    });
  }

  reset(...args) {
    const callback = optionalFunction(args, 0);
    this._schedule(() => {
      const state = this._state;
      state.locked = true;
      state.cursor = undefined;
      state.isDone = false;
      host.setTimer(() => {
        if (callback) callback.call(this, null);
        this._end(false);
      }, 0);
    }, callback);
    return this;
  }

  run(...args) {
    return this._begin(args, (callback) => {
      this._run('sqlite3 run', (error, set) => {
        const state = this._state;
        if (error) {
          this._fail(callback, error);
        } else {
          // `sqlite3` has stepped once; a `get` goes on from there.
          state.cursor = { set, next: 1 };
          state.isDone = set.rows.length === 0;
          if (callback) {
            this.lastID = Number(set.insert_id);
            this.changes = set.affected;
            callback.call(this, null);
          }
        }
        this._end(true);
      });
    });
  }

  get(...args) {
    return this._begin(args, (callback) => {
      const state = this._state;
      const step = (asked) => {
        const { set, next } = state.cursor;
        state.isDone = next >= set.rows.length;
        state.cursor.next += 1;
        if (callback) {
          if (state.isDone) callback.call(this, null);
          else callback.call(this, null, rowOf(set.columns, set.rows[next]));
        }
        this._end(asked);
      };
      if (state.isDone || state.cursor) {
        state.cursor ??= { set: { columns: [], rows: [] }, next: 0 };
        host.setTimer(() => step(false), 0);
        return;
      }
      this._run('sqlite3 get', (error, set) => {
        if (error) {
          this._fail(callback, error);
          this._end(true);
          return;
        }
        state.cursor = { set, next: 0 };
        step(true);
      });
    });
  }

  all(...args) {
    return this._begin(args, (callback) => {
      this._run('sqlite3 all', (error, set) => {
        this._allRead(error);
        if (error) this._fail(callback, error);
        else if (callback) callback.call(this, null, set.rows.map((row) => rowOf(set.columns, row)));
        this._end(true);
      });
    });
  }

  each(...args) {
    const rest = [...args];
    const completed = rest.length >= 2 && isFunction(rest.at(-1)) && isFunction(rest.at(-2)) ? rest.pop() : undefined;
    return this._begin(rest, (callback) => {
      this._run('sqlite3 each', (error, set) => {
        this._allRead(error);
        if (error) this._fail(callback, error);
        else if (callback) for (const row of set.rows) callback.call(this, null, rowOf(set.columns, row));
        if (completed) completed.call(this, null, error ? 0 : set.rows.length);
        this._end(true);
      });
    });
  }

  _allRead(error) {
    this._state.cursor = undefined;
    this._state.isDone = !error;
  }

  finalize(...args) {
    const callback = optionalFunction(args, 0);
    const state = this._state;
    this._schedule(() => {
      state.finalized = true;
      state.db._state.statements -= 1;
      this._clean();
      if (callback) callback.call(this);
    }, callback);
    return state.db;
  }
}

/** `undefined` leaves a parameter unbound, which is NULL. */
function parametersOf(args) {
  if (args.length === 0) return [];
  const [first] = args;
  if (Array.isArray(first)) return first.map(parameter);
  const named = typeof first === 'object' && first !== null && !(first instanceof RegExp) && !(first instanceof Date)
    && !ArrayBuffer.isView(first);
  if (!named) return args.map(parameter);
  const found = [];
  for (const name in first) if (first[name] !== undefined) found.push({ named: [name, parameter(first[name])] });
  return found;
}

function parameter(value) {
  if (typeof value === 'string') return { text: value.toWellFormed() };
  if (value instanceof RegExp) return { text: String(value) };
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return { integer: value ? '1' : '0' };
  if (ArrayBuffer.isView(value)) {
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : { number: value.getTime() };
  if (isFunction(value) || (typeof value === 'object' && value !== null)) return { text: '[object Object]' };
  return 'null';
}

/** Integers of 32 bits are integers, all else is a REAL; SQLite stores NaN as NULL. */
function number(value) {
  if (Number.isNaN(value)) return 'null';
  if (!Number.isFinite(value)) throw new Error('Data type is not supported');
  return (value | 0) === value ? { integer: String(value | 0) } : { number: value };
}

function rowOf(columns, cells) {
  const row = {};
  columns.forEach(({ name }, place) => {
    const cell = cells[place];
    const isBytes = cell !== null && typeof cell === 'object';
    Object.defineProperty(row, name, {
      value: isBytes ? Buffer.from(cell.base64, 'base64') : cell, enumerable: true, configurable: true, writable: true,
    });
  });
  return row;
}

/** The text with its parameters in place, as SQLite's own trace shows it. */
function expanded(sql, parameters) {
  const literal = (value) => {
    if (value === undefined || value === 'null') return 'NULL';
    if (value.text !== undefined) return `'${value.text.replaceAll("'", "''")}'`;
    if (value.bytes !== undefined) return `x'${Buffer.from(value.bytes, 'base64').toString('hex')}'`;
    if (value.number !== undefined) return Number.isInteger(value.number) ? value.number.toFixed(1) : String(value.number);
    return value.integer;
  };
  const names = new Map(parameters.filter((value) => value.named).map(({ named: [name, value] }) => [name, value]));
  let next = 0;
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[^]*?\*\/|\?(\d*)|[$:@]\w+/g, (found, place) => {
    if (found[0] === '?') {
      const index = place ? Number(place) : next + 1;
      next = Math.max(next, index);
      return literal(parameters[index - 1]?.named ? names.get(String(index)) : parameters[index - 1]);
    }
    return '$:@'.includes(found[0]) ? literal(names.get(found)) : found;
  });
}

for (const target of [Database, Statement]) {
  for (const name in EventEmitter.prototype) target.prototype[name] = EventEmitter.prototype[name];
}

module.exports = { Database, Statement };
