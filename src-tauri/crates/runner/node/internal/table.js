// console.table, as Node draws it.
'use strict';
const { inspect } = require('internal/inspect');

const width = (text) => [...text].length;
const cell = (value) => inspect(value, { maxArrayLength: 3, breakLength: Infinity, colors: false, depth: value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 2 ? -1 : 0 });

function draw(head, columns) {
  const rows = Math.max(...columns.map((column) => column.length), 0);
  const widths = head.map((title, at) => Math.max(width(title), ...columns[at].map(width)) + 2);
  const line = widths.map((size) => '─'.repeat(size));
  const left = !draw.centred;
  const render = (cells) => `│${cells.map((text, at) => {
    const space = widths[at] - width(text);
    const before = left ? 1 : Math.floor(space / 2);
    return `${' '.repeat(before)}${text}${' '.repeat(space - before)}`;
  }).join('│')}│`;
  let text = `┌${line.join('┬')}┐\n${render(head)}\n├${line.join('┼')}┤\n`;
  for (let row = 0; row < rows; row++) text += `${render(columns.map((column) => column[row] ?? ''))}\n`;
  return `${text}└${line.join('┴')}┘`;
}
// Node 20 and older centre the cells, later ones align them left.
draw.centred = host.profile() === '18';

function entries(data) {
  if (data instanceof Map) return { index: '(iteration index)', rows: [...data].map(([key, value], at) => [at, value, key]), keyed: true };
  if (data instanceof Set) return { index: '(iteration index)', rows: [...data].map((value, at) => [at, value]) };
  return { index: '(index)', rows: Object.keys(data).map((key) => [key, data[key]]) };
}

module.exports = (console, data, properties) => {
  if (data === null || typeof data !== 'object') {
    console.log(data);
    return;
  }
  const { index, rows, keyed } = entries(data);
  const columns = new Map();
  const values = [];
  let hasValues = false;
  rows.forEach(([, value], at) => {
    const primitive = value === null || (typeof value !== 'function' && typeof value !== 'object');
    if (primitive || keyed) {
      hasValues = true;
      values[at] = cell(value);
      return;
    }
    for (const key of properties ?? Object.keys(value)) {
      if (!columns.has(key)) columns.set(key, []);
      columns.get(key)[at] = Object.hasOwn(value, key) ? cell(value[key]) : '';
    }
  });
  const head = [index];
  const body = [rows.map(([key]) => String(key))];
  if (keyed) {
    head.push('Key');
    body.push(rows.map(([, , key]) => cell(key)));
  }
  for (const [key, column] of columns) {
    head.push(key);
    body.push(Array.from({ length: rows.length }, (_, at) => column[at] ?? ''));
  }
  if (hasValues) {
    head.push('Values');
    body.push(Array.from({ length: rows.length }, (_, at) => values[at] ?? ''));
  }
  console.log(draw(head, body));
};
