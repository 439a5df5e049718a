// `pg-cursor`: the package's Cursor where one statement is one whole reply. At its first `read` the statement is sent; the rows
// are held back here and handed out as many at a time as are asked for, with the messages a server's portal would answer.
'use strict';
const PackageCursor = require('pg-cursor');

/** The connection as the package's Cursor sees it. */
class Portal {
  constructor(connection, cursor) {
    this.connection = connection;
    this.cursor = cursor;
    this.sent = false;
    /** The connection gets ready by itself after an error. */
    this.failed = false;
  }

  parse(query) { this.query = query; }

  bind(bound) { this.bound = bound; }

  describe() {}

  execute({ rows }) { this.wanted = rows; }

  flush() {
    if (this.wanted === undefined) return;
    if (this.sent) {
      process.nextTick(() => this.cursor._serve());
      return;
    }
    this.sent = true;
    this.connection.parse(this.query);
    this.connection.bind(this.bound);
    this.connection.execute({});
    this.connection.flush();
  }

  close(what) { this.connection.close(what); }

  sync() { if (!this.failed) this.connection.sync(); }

  end() { this.connection.end(); }

  once(name, listener) { this.connection.once(name, listener); }

  removeListener(name, listener) { this.connection.removeListener(name, listener); }
}

class Cursor extends PackageCursor {
  constructor(text, values, config) {
    super(text, values, config);
    for (const [name, value] of Object.entries({ _held: [], _served: 0, _tag: null, _reads: false })) {
      Object.defineProperty(this, name, { value, writable: true, enumerable: false });
    }
  }

  submit(connection) {
    super.submit(new Portal(connection, this));
    // A server tells of the columns before anything is read, and then what was asked for until then is read.
    setImmediate(() => this._ifNoData());
  }

  handleRowDescription(message) {
    this._reads = true;
    this._result.addFields(message.fields);
  }

  handleDataRow(message) {
    this._held.push(message);
  }

  handleCommandComplete(message) {
    this._tag = message;
    this._serve();
  }

  handleError(error) {
    if (this.connection) this.connection.failed = true;
    super.handleError(error);
  }

  // A server does not know that nothing is left before it is asked for more than there is.
  _serve() {
    if (this.state === 'done' || this.state === 'error') return;
    const wanted = this.connection.wanted || Infinity;
    const end = Math.min(this._served + wanted, this._held.length);
    const rows = end - this._served;
    for (let at = this._served; at < end; at += 1) {
      super.handleDataRow(this._held[at]);
      this._held[at] = null;
    }
    this._served = end;
    if (rows === wanted) this.handlePortalSuspended();
    else super.handleCommandComplete(this._reads ? { ...this._tag, text: this._tag.text.replace(/\d+$/, rows) } : this._tag);
  }
}

module.exports = Cursor;
