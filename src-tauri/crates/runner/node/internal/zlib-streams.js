// The stream classes of zlib: a Transform over one coder. Loaded when a script makes one; most use the functions.
'use strict';
const { Transform } = require('stream');
const { Coding, DEFAULT_MOST } = require('internal/zlib-coding');
const { constants } = require('internal/zlib-constants');
const { Buffer } = require('buffer');

const EMPTY = Buffer.alloc(0);

class Zlib extends Transform {
  #coding;
  #chunkSize;
  constructor(kind, options) {
    const coding = new Coding(kind, options);
    super({ autoDestroy: true, ...options, objectMode: false });
    // As in Node, `maxOutputLength` is for the functions: what a stream puts out does not stay.
    coding.options.most = DEFAULT_MOST;
    this.#coding = coding;
    this.#chunkSize = coding.options.chunkSize;
    this.bytesWritten = 0;
  }
  /** Hands out what `code` makes, in pieces of the chunk size. */
  #put(code, done) {
    let output;
    try {
      output = code();
    } catch (error) {
      done(error);
      return;
    }
    for (let at = 0; at < output.length; at += this.#chunkSize) this.push(output.subarray(at, at + this.#chunkSize));
    done();
  }
  _transform(chunk, _encoding, done) {
    this.bytesWritten += chunk.length;
    this.#put(() => this.#coding.write(chunk), done);
  }
  _flush(done) {
    this.#put(() => this.#coding.finish(), done);
  }
  flush(kind, callback) {
    if (typeof kind === 'function' || (kind === undefined && callback === undefined)) {
      callback = kind;
      kind = constants.Z_FULL_FLUSH;
    }
    const flushed = () => this.#put(() => this.#coding.write(EMPTY, kind), (error) => (error ? this.destroy(error) : callback?.()));
    if (this.writableFinished) {
      if (callback) process.nextTick(callback);
    } else if (this.writableNeedDrain) {
      this.once('drain', flushed);
    } else {
      flushed();
    }
  }
  close(callback) {
    if (callback) require('stream').finished(this, () => callback());
    this.destroy();
  }
}

/** A class of Node's, which `new` may be left out of. */
function streamClass(kind) {
  const made = { [kind]: function (options) { return Reflect.construct(Zlib, [kind, options], new.target ?? made[kind]); } };
  Object.setPrototypeOf(made[kind], Zlib);
  made[kind].prototype = Object.create(Zlib.prototype, { constructor: { value: made[kind], writable: true, configurable: true } });
  return made[kind];
}

module.exports = Object.fromEntries(
  ['Deflate', 'Inflate', 'Gzip', 'Gunzip', 'DeflateRaw', 'InflateRaw', 'Unzip', 'BrotliDecompress'].map((kind) => [kind, streamClass(kind)]),
);
