// What a client's packets ask for.
'use strict';
const { Buffer } = require('buffer');

/** How many `?` a text holds outside of strings, names and comments. */
function countPlaceholders(sql) {
  const skipped = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`[^`]*`|#[^\n]*|--(?=\s|$)[^\n]*|\/\*[^]*?\*\//g;
  return sql.replace(skipped, ' ').split('?').length - 1;
}

/** Reads a payload from its start. */
class Reader {
  constructor(payload, offset = 0) {
    this.payload = payload;
    this.offset = offset;
  }

  bytes(count) {
    if (this.offset + count > this.payload.length) throw new RangeError('the packet ends too early');
    this.offset += count;
    return this.payload.subarray(this.offset - count, this.offset);
  }

  integer(width) {
    let value = 0n;
    this.bytes(width).forEach((byte, index) => { value |= BigInt(byte) << BigInt(8 * index); });
    return value;
  }

  number(width) {
    return Number(this.integer(width));
  }

  coded() {
    const first = this.number(1);
    const width = { 0xfc: 2, 0xfd: 3, 0xfe: 8 }[first];
    return this.bytes(width ? this.number(width) : first);
  }

  untilZero() {
    const end = this.payload.indexOf(0, this.offset);
    const bytes = this.payload.subarray(this.offset, end < 0 ? this.payload.length : end);
    this.offset += bytes.length + 1;
    return bytes.toString('utf8');
  }
}

const two = (number) => String(number).padStart(2, '0');

function moment(bytes) {
  const read = new Reader(bytes);
  let text = '0000-00-00';
  if (bytes.length >= 4) text = `${String(read.number(2)).padStart(4, '0')}-${two(read.number(1))}-${two(read.number(1))}`;
  if (bytes.length >= 7) text += ` ${two(read.number(1))}:${two(read.number(1))}:${two(read.number(1))}`;
  if (bytes.length >= 11) text += `.${String(read.number(4)).padStart(6, '0')}`;
  return text;
}

function duration(bytes) {
  if (bytes.length === 0) return '00:00:00';
  const read = new Reader(bytes);
  const sign = read.number(1) ? '-' : '';
  const hours = read.number(4) * 24 + read.number(1);
  const text = `${sign}${two(hours)}:${two(read.number(1))}:${two(read.number(1))}`;
  return bytes.length >= 12 ? `${text}.${String(read.number(4)).padStart(6, '0')}` : text;
}

/** mysql2 sends true and false as TINY. */
function tiny(read) {
  const value = read.number(1);
  return value === 0 || value === 1 ? { boolean: value === 1 } : { integer: String(value << 24 >> 24) };
}

function parameter(read, type, unsigned, encoding) {
  const integer = (width) => {
    const value = read.integer(width);
    return { integer: String(unsigned ? value : BigInt.asIntN(width * 8, value)) };
  };
  switch (type) {
    case 1: return unsigned ? integer(1) : tiny(read);
    case 2: case 13: return integer(2);
    case 3: case 9: return integer(4);
    case 8: return integer(8);
    case 4: return { number: Buffer.from(read.bytes(4)).readFloatLE(0) };
    case 5: return { number: Buffer.from(read.bytes(8)).readDoubleLE(0) };
    case 7: case 10: case 12: return { named: ['datetime', { text: moment(read.coded()) }] };
    case 11: return { text: duration(read.coded()) };
    case 249: case 250: case 251: case 252: return { bytes: Buffer.from(read.coded()).toString('base64') };
    default: return { text: read.coded().toString(encoding) };
  }
}

/** The statement number and the parameters of COM_STMT_EXECUTE; `count` as it was told at the prepare. */
function execution(payload, bound, encoding) {
  const read = new Reader(payload, 1);
  const id = read.number(4);
  read.bytes(5);
  const statement = bound.get(id);
  const parameters = [];
  if (statement && read.offset < payload.length) {
    const count = given(payload, read.offset, statement.placeholders);
    const nulls = read.bytes((count + 7) >> 3);
    if (read.number(1) === 1) statement.types = Array.from({ length: count }, () => [read.number(1), read.number(1) & 0x80]);
    for (let i = 0; i < count; i += 1) {
      const [type, unsigned] = statement.types[i];
      parameters.push(type === 6 || nulls[i >> 3] & (1 << (i & 7)) ? 'null' : parameter(read, type, unsigned !== 0, encoding));
    }
  }
  return { id, statement, parameters };
}

/** mysql2 sends as many values as the script gave, the protocol has no count: the one that fits the bytes. */
function given(payload, offset, expected) {
  const fits = (count) => {
    try {
      return reaches(count) === payload.length;
    } catch {
      return false;
    }
  };
  const reaches = (count) => {
    const read = new Reader(payload, offset);
    const nulls = read.bytes((count + 7) >> 3);
    if (read.number(1) !== 1) return -1;
    const types = Array.from({ length: count }, () => [read.number(1), read.number(1) & 0x80]);
    types.forEach(([type, unsigned], i) => {
      if (type !== 6 && !(nulls[i >> 3] & (1 << (i & 7)))) parameter(read, type, unsigned !== 0, 'latin1');
    });
    return read.offset;
  };
  const candidates = [expected, ...Array.from({ length: 64 }, (_, index) => index + 1)];
  return candidates.find((count) => count > 0 && fits(count)) ?? expected;
}

module.exports = { Reader, countPlaceholders, execution };
