// npm `sql-escaper` with a memory: where a statement's placeholders are is looked up letter by letter, which takes longer than the
// rest of a query, and a script asks the same statement again and again.
'use strict';
const escaper = require('./node_modules/sql-escaper/lib/index.js');

/** Stands for a value; statements that hold it themselves are not remembered. */
const MARK = '\u0001';
const MARKED = escaper.raw(MARK);
/** Statements that are remembered, and the longest, in characters. */
const MOST = 100;
const LONGEST = 4096;

/** The statement's text before, between and after as many values, by statement. */
const known = new Map();

function partsOf(sql, count) {
  const found = known.get(sql);
  if (found?.count === count) return found.parts;
  // `??` takes names, which are written in another way.
  if (sql.length > LONGEST || sql.includes('??') || sql.includes(MARK)) return null;
  const parts = escaper.format(sql, Array(count).fill(MARKED)).split(MARK);
  if (known.size >= MOST) known.clear();
  known.set(sql, { count, parts });
  return parts;
}

/** Objects may be written in a way that depends on their place, so these are left to the package. */
const plain = (value) => typeof value !== 'object' || value === null;

function format(sql, values, ...options) {
  const remembered = typeof sql === 'string' && Array.isArray(values) && options[2] === undefined && values.every(plain);
  const parts = remembered ? partsOf(sql, values.length) : null;
  if (parts === null) return escaper.format(sql, values, ...options);
  let text = parts[0];
  for (let at = 1; at < parts.length; at += 1) {
    const value = values[at - 1];
    text += (typeof value === 'number' ? String(value) : escaper.escape(value)) + parts[at];
  }
  return text;
}

module.exports = { ...escaper, format };
