// MySQL packets as a server writes them: the host's answers, in the form that the npm packages parse by themselves.
'use strict';
const { Buffer } = require('buffer');

const LONGEST = 0xffffff;
const BINARY_DIGITS = { 1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8 };
const DATES = new Set([7, 10, 12, 14, 17, 18]);
const TIMES = new Set([11, 19]);

/** Server status: another result set follows. */
const MORE_RESULTS = 8;

/** Up to this length a loop over the characters is cheaper than the encoder. */
const SHORT = 10;

/** Bytes of packets, written one after the other into one array: a Buffer for each number costs more than the rest of a query. */
class Writer {
  constructor(room = 128, encoding = 'utf8') {
    this._bytes = Buffer.alloc(room);
    this._used = 0;
    this._encoding = encoding;
  }

  _encoded(text) {
    return this._encoding === 'utf8' ? host.native.utf8Encode(text) : Buffer.from(text, this._encoding);
  }

  _reserve(more) {
    if (this._used + more <= this._bytes.length) return;
    const bytes = Buffer.alloc(Math.max(this._bytes.length * 2, this._used + more));
    bytes.set(this._bytes.subarray(0, this._used));
    this._bytes = bytes;
  }

  byte(value) {
    this._reserve(1);
    this._bytes[this._used] = value;
    this._used += 1;
    return this;
  }

  little(value, bytes) {
    this._reserve(bytes);
    const number = bytes <= 4 ? Number(value) : NaN;
    if (Number.isSafeInteger(number)) {
      for (let i = 0; i < bytes; i += 1) this._bytes[this._used + i] = number >>> (8 * i);
    } else {
      for (let i = 0, rest = BigInt.asUintN(bytes * 8, BigInt(value)); i < bytes; i += 1, rest >>= 8n) this._bytes[this._used + i] = Number(rest & 255n);
    }
    this._used += bytes;
    return this;
  }

  length(value) {
    const number = Number(value);
    if (number < 251) return this.byte(number);
    if (number < 0x10000) return this.byte(0xfc).little(value, 2);
    if (number < 0x1000000) return this.byte(0xfd).little(value, 3);
    return this.byte(0xfe).little(value, 8);
  }

  bytes(value) {
    this._reserve(value.length);
    this._bytes.set(value, this._used);
    this._used += value.length;
    return this;
  }

  coded(value) { return this.length(value.length).bytes(value); }

  text(value) {
    const size = value.length;
    if (size > SHORT) return this.coded(this._encoded(value));
    this._reserve(size + 1);
    const bytes = this._bytes;
    const start = this._used + 1;
    for (let at = 0; at < size; at += 1) {
      const unit = value.charCodeAt(at);
      if (unit > 127) return this.coded(this._encoded(value));
      bytes[start + at] = unit;
    }
    bytes[start - 1] = size;
    this._used = start + size;
    return this;
  }

  /** Begins a packet; gives its place, for `close`. */
  open() {
    this._reserve(4);
    this._used += 4;
    return this._used - 4;
  }

  /** Ends the packet that began at `place`, with its header; gives the number of the next. */
  close(place, sequence) {
    const size = this._used - place - 4;
    const bytes = this._bytes;
    if (size >= LONGEST) {
      const [framed, next] = frame(bytes.slice(place + 4, this._used), sequence);
      this._used = place;
      this.bytes(framed);
      return next;
    }
    bytes[place] = size;
    bytes[place + 1] = size >> 8;
    bytes[place + 2] = size >> 16;
    bytes[place + 3] = sequence;
    return (sequence + 1) & 255;
  }

  get size() { return this._used; }

  end() { return this._bytes.subarray(0, this._used); }
}

const little = (value, bytes) => new Writer(bytes).little(value, bytes).end();
const length = (value) => new Writer(9).length(value).end();
const coded = (bytes) => new Writer(bytes.length + 9).coded(bytes).end();
const codedText = (text) => new Writer(text.length + 9).text(text).end();
const bytesOf = (cell) => Buffer.from(cell.base64, 'base64');

/** A payload as packets; `sequence` is the number of the first. Gives the packets and the number of the next. */
function frame(payload, sequence) {
  const framed = Buffer.alloc(payload.length + 4 * (1 + Math.floor(payload.length / LONGEST)));
  let at = 0;
  let start = 0;
  let size;
  do {
    size = Math.min(payload.length - start, LONGEST);
    framed[at] = size;
    framed[at + 1] = size >> 8;
    framed[at + 2] = size >> 16;
    framed[at + 3] = sequence;
    framed.set(start === 0 && size === payload.length ? payload : payload.subarray(start, start + size), at + 4);
    at += 4 + size;
    start += size;
    sequence += 1;
  } while (size === LONGEST);
  return [framed, sequence & 255];
}

function greeting({ server_version: version, thread_id: thread, capabilities, extended_capabilities: extended, charset, status }) {
  return Buffer.concat([
    Buffer.from([10]), Buffer.from(`${version}\0`, 'latin1'), little(thread, 4), Buffer.alloc(8, 97), Buffer.from([0]),
    little(capabilities & 0xffff, 2), Buffer.from([charset]), little(status, 2), little(capabilities >>> 16, 2), Buffer.from([21]),
    Buffer.alloc(6), little(extended, 4), Buffer.alloc(12, 97), Buffer.from('\0mysql_native_password\0', 'latin1'),
  ]);
}

function ok(set, status, sessionTrack) {
  const head = [Buffer.from([0]), length(set.affected ?? 0), length(set.insert_id ?? 0), little(status, 2), little(set.warnings, 2)];
  const info = Buffer.from(set.info ?? '', 'utf8');
  if (!sessionTrack) return Buffer.concat([...head, info]);
  if (set.session_state != null) head.push(coded(info), coded(Buffer.from(set.session_state, 'base64')));
  else if (info.length > 0) head.push(coded(info));
  return Buffer.concat(head);
}

const eof = (packet, warnings, status) => packet.byte(0xfe).little(warnings, 2).little(status, 2);

function error(errno, state, message, encoding = 'utf8') {
  const marked = state === undefined ? '' : `#${state}`;
  return Buffer.concat([Buffer.from([0xff]), little(errno, 2), Buffer.from(marked + message, encoding)]);
}

function extendedMetadata([type, format]) {
  const parts = [];
  if (type != null) parts.push(Buffer.from([0]), codedText(type));
  if (format != null) parts.push(Buffer.from([1]), codedText(format));
  return coded(Buffer.concat(parts));
}

function column(packet, { name, type_code: type, size, modifier, charset, flags, origin, extended }, withExtended) {
  const [schema, table, originalTable, originalName] = origin ?? ['', '', '', ''];
  packet.text('def').text(schema).text(table).text(originalTable).text(name).text(originalName);
  if (withExtended) packet.bytes(extendedMetadata(extended ?? []));
  packet.byte(12).little(charset, 2).little(size, 4).byte(type).little(flags, 2).byte(modifier).byte(0).byte(0);
}

function textRow(packet, row) {
  for (const cell of row) {
    if (cell === null) packet.byte(0xfb);
    else if (typeof cell === 'string') packet.text(cell);
    else if (typeof cell === 'object') packet.coded(bytesOf(cell));
    else packet.text(String(cell));
  }
}

function binaryRow(packet, row, columns) {
  const nulls = Buffer.alloc((columns.length + 9) >> 3);
  row.forEach((cell, index) => {
    if (cell === null) nulls[(index + 2) >> 3] |= 1 << ((index + 2) & 7);
  });
  packet.byte(0).bytes(nulls);
  row.forEach((cell, index) => {
    if (cell !== null) binaryValue(packet, cell, columns[index].type_code);
  });
}

function binaryValue(packet, cell, type) {
  if (BINARY_DIGITS[type]) packet.little(cell, BINARY_DIGITS[type]);
  else if (type === 4 || type === 5) {
    const buffer = Buffer.alloc(type === 4 ? 4 : 8);
    if (type === 4) buffer.writeFloatLE(cell);
    else buffer.writeDoubleLE(cell);
    packet.bytes(buffer);
  } else if (DATES.has(type) || TIMES.has(type)) packet.bytes(moment(cell, DATES.has(type) ? 2 : 4));
  else if (typeof cell === 'object') packet.coded(bytesOf(cell));
  else packet.text(String(cell));
}

/** Dates `Y-M-D[ h:m:s[.u]]` and times `[-]D h:m:s[.u]`, in the width in which they were sent. */
function moment(text, firstWidth) {
  if (text === '') return Buffer.from([0]);
  const sign = firstWidth === 4 ? [Buffer.from([text.startsWith('-') ? 1 : 0])] : [];
  const numbers = text.match(/\d+/g).map(Number);
  const [first, ...rest] = numbers;
  const micros = text.includes('.') ? rest.pop() : null;
  const body = Buffer.concat([...sign, little(first, firstWidth), Buffer.from(rest), ...(micros === null ? [] : [little(micros, 4)])]);
  return coded(body);
}

module.exports = { MORE_RESULTS, Writer, frame, greeting, ok, eof, error, column, textRow, binaryRow, little };
