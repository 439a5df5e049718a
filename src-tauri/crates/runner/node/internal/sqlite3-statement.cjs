// Statement of `sqlite3`: calls on one statement run one after the other, in the queue of its native part.
'use strict';
const EventEmitter = require('events');
const { Database } = require('./sqlite3-database.cjs');
const { misuse, isFunction, optionalFunction } = require('./sqlite3-faults.cjs');
const { parametersOf, rowOf } = require('./sqlite3-values.cjs');

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

for (const name in EventEmitter.prototype) Statement.prototype[name] = EventEmitter.prototype[name];

module.exports = { Statement };
