// console, formatted by Node's own util.format; lines go to the run's record.
'use strict';
const { nodeError } = require('internal/errors');

const format = (values) => {
  if (values.length === 1 && typeof values[0] === 'string') return values[0];
  const plain = values.every((value, at) => typeof value === 'string' && (at > 0 || !value.includes('%')));
  return plain ? values.join(' ') : require('internal/inspect').format(...values);
};

let indent = '';
const counts = new Map();
const timers = new Map();

function write(level, text) {
  host.console(level, indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`));
}

const own = {
  log(...values) { write('log', format(values)); },
  warn(...values) { write('warn', format(values)); },
  dir(value, options) { write('log', require('internal/inspect').inspect(value, { customInspect: false, ...options })); },
  time(label = 'default') { timers.set(`${label}`, host.now()); },
  timeEnd(label = 'default') { if (elapsed(label, [])) timers.delete(`${label}`); },
  timeLog(label = 'default', ...values) { elapsed(label, values); },
  trace(...values) {
    const place = { name: 'Trace', message: format(values) };
    Error.captureStackTrace(place, own.trace);
    const header = place.message === '' ? 'Trace' : `Trace: ${place.message}`;
    const frames = String(place.stack).split('\n').filter((line) => /^\s+at /.test(line));
    write('trace', [header, ...frames].join('\n'));
  },
  assert(truth, ...values) {
    if (truth) return;
    values[0] = `Assertion failed${values.length === 0 ? '' : `: ${values[0]}`}`;
    own.warn(...values);
  },
  clear() {},
  count(label = 'default') {
    const name = `${label}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    own.log(`${name}: ${counts.get(name)}`);
  },
  countReset(label = 'default') { counts.delete(`${label}`); },
  group(...values) {
    if (values.length > 0) own.log(...values);
    indent += '  ';
  },
  groupEnd() { indent = indent.slice(0, -2); },
  table(data, properties) { require('internal/table')(own, data, properties); },
  debug(...values) { write('debug', format(values)); },
  info(...values) { write('info', format(values)); },
  dirxml(...values) { own.log(...values); },
  error(...values) { write('error', format(values)); },
  groupCollapsed(...values) { own.group(...values); },
};

function elapsed(label, values) {
  const started = timers.get(`${label}`);
  if (started === undefined) return false;
  const ms = host.now() - started;
  let text;
  if (ms >= 1000) text = ms >= 60_000 ? clock(ms) : `${(ms / 1000).toFixed(3)}s`;
  else text = `${Number(ms.toFixed(3))}ms`;
  own.log('%s: %s', label, text, ...values);
  return true;
}

function clock(ms) {
  const minutes = Math.floor(ms / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${minutes}:${seconds} (m:ss.mmm)`;
}

const console = Object.create({});
for (const [name, method] of Object.entries(own)) {
  Object.defineProperty(console, name, { value: method, writable: true, enumerable: true, configurable: true });
}
Object.defineProperty(console, 'Console', {
  value: class Console {
    constructor() { throw nodeError(Error, 'ERR_CONSOLE_WRITABLE_STREAM', 'A script has one console and no streams to write to'); }
  },
  writable: true, configurable: true,
});
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
module.exports = console;
