// One stream of compression over a native coder, with Node's checks of options and Node's errors.
'use strict';
const { nodeError, invalidArgType, outOfRange } = require('internal/errors');
const { constants } = require('internal/zlib-constants');
const { Buffer } = require('buffer');

const MOST = 4294967296;
// Node lets an output grow to 4 GiB; a run has less memory than that.
const DEFAULT_MOST = 64 << 20;
const BYTES = ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'];

const viewed = (value) => (ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  : value instanceof ArrayBuffer ? Buffer.from(value) : undefined);

/** An option that is a number within its range, or its default. */
function ranged(options, name, low, high, otherwise) {
  const value = options?.[name];
  if (value === undefined || Number.isNaN(value)) return otherwise;
  if (typeof value !== 'number') throw invalidArgType(`options.${name}`, 'number', value);
  if (!Number.isFinite(value)) throw outOfRange(`options.${name}`, 'a finite number', value);
  if (value < low || value > high) throw outOfRange(`options.${name}`, high === Infinity ? `>= ${low}` : `>= ${low} and <= ${high}`, value);
  return value;
}

/** The checked options of a coder of this kind. */
function checked(kind, options) {
  const brotli = kind === 'BrotliDecompress';
  const lastFlush = brotli ? 3 : 5;
  const values = {
    kind,
    chunkSize: ranged(options, 'chunkSize', 64, Infinity, 16384),
    flush: ranged(options, 'flush', 0, lastFlush, 0),
    finishFlush: ranged(options, 'finishFlush', 0, lastFlush, brotli ? 2 : 4),
    most: ranged(options, 'maxOutputLength', 1, MOST, DEFAULT_MOST),
  };
  const inflates = kind === 'Inflate' || kind === 'Gunzip' || kind === 'Unzip';
  const ownWindow = inflates && (options?.windowBits === undefined || options.windowBits === null || options.windowBits === 0);
  values.windowBits = brotli || ownWindow ? 15 : ranged(options, 'windowBits', kind === 'Gzip' ? 9 : 8, 15, 15);
  values.level = brotli ? -1 : ranged(options, 'level', -1, 9, -1);
  values.memLevel = brotli ? 8 : ranged(options, 'memLevel', 1, 9, 8);
  values.strategy = brotli ? 0 : ranged(options, 'strategy', 0, 4, 0);
  if (!brotli && options?.dictionary !== undefined) {
    values.dictionary = viewed(options.dictionary);
    if (values.dictionary === undefined) throw invalidArgType('options.dictionary', BYTES, options.dictionary);
  }
  return values;
}

const tooLarge = (most) => nodeError(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${most} bytes`);

class Coding {
  #step;
  #ended = false;
  constructor(kind, options) {
    this.options = checked(kind, options);
    this.#step = host.native.coder(this.options);
    if (this.#step === undefined) throw nodeError(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', 'Initialization failed');
  }
  /** What comes out for these bytes; throws Node's errors. */
  write(bytes, flush = this.options.flush) {
    const { output, full, ended, failure } = this.#step(bytes, flush, this.options.most);
    if (failure) throw Object.assign(new Error(failure.message), { errno: failure.errno, code: failure.code });
    if (full) throw tooLarge(this.options.most);
    this.#ended = ended;
    return Buffer.from(output.buffer);
  }
  /** What comes out after the last bytes. An inflate that has not seen its end is cut short, unless it may be. */
  finish(bytes = Buffer.alloc(0)) {
    const { finishFlush, kind } = this.options;
    const output = this.write(bytes, finishFlush);
    if (!this.#ended && finishFlush === (kind === 'BrotliDecompress' ? constants.BROTLI_OPERATION_FINISH : constants.Z_FINISH)) {
      throw Object.assign(new Error('unexpected end of file'), { errno: constants.Z_BUF_ERROR, code: 'Z_BUF_ERROR' });
    }
    return output;
  }
}

module.exports = { Coding, viewed, BYTES, DEFAULT_MOST };
