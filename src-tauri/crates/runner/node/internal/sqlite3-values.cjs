// Values between a script and SQLite, as `sqlite3`'s native part turns them: parameters, rows, and texts with values in place.
'use strict';
const { Buffer } = require('buffer');

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
  if (typeof value === 'string') return { text: host.engine.wellFormed(value) };
  if (value instanceof RegExp) return { text: String(value) };
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return { integer: value ? '1' : '0' };
  if (ArrayBuffer.isView(value)) {
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : { number: value.getTime() };
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) return { text: '[object Object]' };
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

module.exports = { parametersOf, rowOf, expanded };
