// MySQL packets as a server writes them: the host's answers, in the form that the npm packages parse by themselves.
'use strict';
const { Buffer } = require('buffer');

const LONGEST = 0xffffff;
const BINARY_DIGITS = { 1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8 };
const DATES = new Set([7, 10, 12, 14, 17, 18]);
const TIMES = new Set([11, 19]);

/** Server status: another result set follows. */
const MORE_RESULTS = 8;

const little = (value, bytes) => {
  const buffer = Buffer.alloc(bytes);
  for (let i = 0, rest = BigInt.asUintN(bytes * 8, BigInt(value)); i < bytes; i += 1, rest >>= 8n) buffer[i] = Number(rest & 255n);
  return buffer;
};

const length = (value) => {
  const number = Number(value);
  if (number < 251) return Buffer.from([number]);
  if (number < 0x10000) return Buffer.concat([Buffer.from([0xfc]), little(value, 2)]);
  if (number < 0x1000000) return Buffer.concat([Buffer.from([0xfd]), little(value, 3)]);
  return Buffer.concat([Buffer.from([0xfe]), little(value, 8)]);
};

const coded = (bytes) => Buffer.concat([length(bytes.length), bytes]);
const codedText = (text) => coded(Buffer.from(text, 'utf8'));
const bytesOf = (cell) => (typeof cell === 'object' ? Buffer.from(cell.base64, 'base64') : Buffer.from(String(cell), 'utf8'));

/** A payload as packets; `sequence` is the number of the first. Gives the packets and the number of the next. */
function frame(payload, sequence) {
  const parts = [];
  let start = 0;
  let part;
  do {
    part = payload.subarray(start, start + LONGEST);
    const { length: size } = part;
    parts.push(Buffer.from([size & 255, (size >> 8) & 255, size >> 16, sequence & 255]), part);
    start += LONGEST;
    sequence += 1;
  } while (part.length === LONGEST);
  return [Buffer.concat(parts), sequence & 255];
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

const eof = (warnings, status) => Buffer.concat([Buffer.from([0xfe]), little(warnings, 2), little(status, 2)]);

function error(errno, state, message) {
  const marked = state === undefined ? '' : `#${state}`;
  return Buffer.concat([Buffer.from([0xff]), little(errno, 2), Buffer.from(marked + message, 'utf8')]);
}

function extendedMetadata([type, format]) {
  const parts = [];
  if (type != null) parts.push(Buffer.from([0]), codedText(type));
  if (format != null) parts.push(Buffer.from([1]), codedText(format));
  return coded(Buffer.concat(parts));
}

function column({ name, type_code: type, size, modifier, charset, flags, origin, extended }, withExtended) {
  const [schema, table, originalTable, originalName] = origin ?? ['', '', '', ''];
  return Buffer.concat([
    codedText('def'), codedText(schema), codedText(table), codedText(originalTable), codedText(name), codedText(originalName),
    ...(withExtended ? [extendedMetadata(extended ?? [])] : []),
    Buffer.from([12]), little(charset, 2), little(size, 4), Buffer.from([type]), little(flags, 2), Buffer.from([modifier]),
    Buffer.alloc(2),
  ]);
}

const textRow = (row) => Buffer.concat(row.map((cell) => (cell === null ? Buffer.from([0xfb]) : coded(bytesOf(cell)))));

function binaryRow(row, columns) {
  const nulls = Buffer.alloc((columns.length + 9) >> 3);
  const values = [];
  row.forEach((cell, index) => {
    if (cell === null) nulls[(index + 2) >> 3] |= 1 << ((index + 2) & 7);
    else values.push(binaryValue(cell, columns[index].type_code));
  });
  return Buffer.concat([Buffer.from([0]), nulls, ...values]);
}

function binaryValue(cell, type) {
  if (BINARY_DIGITS[type]) return little(cell, BINARY_DIGITS[type]);
  if (type === 4 || type === 5) {
    const buffer = Buffer.alloc(type === 4 ? 4 : 8);
    if (type === 4) buffer.writeFloatLE(cell);
    else buffer.writeDoubleLE(cell);
    return buffer;
  }
  if (DATES.has(type) || TIMES.has(type)) return moment(cell, DATES.has(type) ? 2 : 4);
  return coded(bytesOf(cell));
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

module.exports = { MORE_RESULTS, frame, greeting, ok, eof, error, column, textRow, binaryRow, length, little };
