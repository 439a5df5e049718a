// Database of `sqlite3`: the queue of its native part, with the host in place of the library.
//
// As there: calls wait until the file is open; an exclusive call (exec, close, wait, everything under serialize) waits until
// nothing is under way and holds back what comes after.
'use strict';
const EventEmitter = require('events');
const { BUSY, failure, misuse, errorOf, isFunction, optionalFunction } = require('./sqlite3-faults.cjs');
const { expanded } = require('./sqlite3-values.cjs');

const READWRITE = 2;
const CREATE = 4;
const FULLMUTEX = 0x10000;

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

for (const name in EventEmitter.prototype) Database.prototype[name] = EventEmitter.prototype[name];

module.exports = { Database };
