// perf_hooks: the clock of the run, its marks and measures.
'use strict';
const { checkFunction, nodeError } = require('internal/errors');
const { shown } = require('internal/web-shown');

const MADE = Symbol('made');
const missing = (name) => nodeError(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`);
const illegal = () => nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');

class PerformanceEntry {
  #name;
  #type;
  #start;
  #duration;
  constructor(made, name, type, start, duration) {
    if (made !== MADE) throw illegal();
    this.#name = name;
    this.#type = type;
    this.#start = start;
    this.#duration = duration;
  }
  get name() { return this.#name; }
  get entryType() { return this.#type; }
  get startTime() { return this.#start; }
  get duration() { return this.#duration; }
  toJSON() {
    const { name, entryType, startTime, duration } = this;
    return { name, entryType, startTime, duration };
  }
}

const clone = (detail) => (detail == null ? null : structuredClone(detail));

class PerformanceMark extends PerformanceEntry {
  #detail;
  constructor(name, { startTime = host.now(), detail } = {}) {
    if (arguments.length === 0) throw missing('name');
    if (startTime < 0) throw nodeError(TypeError, 'ERR_PERFORMANCE_INVALID_TIMESTAMP', `${startTime} is not a valid timestamp`);
    super(MADE, `${name}`, 'mark', startTime, 0);
    this.#detail = clone(detail);
  }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}

class PerformanceMeasure extends PerformanceEntry {
  #detail;
  constructor(made, name, start, duration, detail) {
    super(made, name, 'measure', start, duration);
    this.#detail = clone(detail);
  }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}

let entries = [];
function keep(entry) {
  const after = entries.findIndex((known) => known.startTime > entry.startTime);
  entries.splice(after < 0 ? entries.length : after, 0, entry);
  return entry;
}

/** When a mark was set, or the time itself. */
function time(of) {
  if (typeof of === 'number') return of;
  const mark = entries.findLast((entry) => entry.entryType === 'mark' && entry.name === `${of}`);
  if (!mark) throw new DOMException(`The "${of}" performance mark has not been set`, 'SyntaxError');
  return mark.startTime;
}

function clear(type, name) {
  entries = entries.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name}`));
}

const idle = () => ({ idle: 0, active: 0, utilization: 0 });

class Performance extends EventTarget {
  constructor(made) {
    if (made !== MADE) throw illegal();
    super();
  }
  get timeOrigin() { return Date.now() - host.now(); }
  now() { return host.now(); }
  mark(name, options) {
    if (arguments.length === 0) throw missing('name');
    return keep(new PerformanceMark(name, options));
  }
  measure(name, from, to) {
    if (arguments.length === 0) throw missing('name');
    const given = from !== null && typeof from === 'object' ? from : { start: from, end: to };
    const { start, end, duration, detail } = given;
    let last;
    if (end !== undefined) last = time(end);
    else last = start !== undefined && duration !== undefined ? time(start) + duration : host.now();
    let first = 0;
    if (start !== undefined) first = time(start);
    else if (duration !== undefined) first = last - duration;
    return keep(new PerformanceMeasure(MADE, `${name}`, first, last - first, detail));
  }
  getEntries() { return [...entries]; }
  getEntriesByName(name, type) {
    if (arguments.length === 0) throw missing('name');
    return entries.filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === `${type}`));
  }
  getEntriesByType(type) {
    if (arguments.length === 0) throw missing('type');
    return entries.filter((entry) => entry.entryType === `${type}`);
  }
  clearMarks(name) { clear('mark', name); }
  clearMeasures(name) { clear('measure', name); }
  eventLoopUtilization() { return idle(); }
  timerify(fn) {
    checkFunction(fn, 'fn');
    // Nobody can observe the times, so the function is called and no more.
    function timed(...given) { return new.target ? Reflect.construct(fn, given, fn) : Reflect.apply(fn, this, given); }
    return Object.defineProperties(timed, {
      name: { value: `timerified ${fn.name}`, configurable: true }, length: { value: fn.length, configurable: true },
    });
  }
  toJSON() { return { timeOrigin: this.timeOrigin, eventLoopUtilization: idle() }; }
}

const fields = ({ name, entryType, startTime, duration }) => ({ name, entryType, startTime, duration });
const deep = ({ constructor }) => `[${constructor.name}]`;
shown(PerformanceEntry, fields, { deep });
for (const Class of [PerformanceMark, PerformanceMeasure]) shown(Class, (entry) => ({ ...fields(entry), detail: entry.detail }), { deep });
for (const Class of [Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  performance: new Performance(MADE),
  constants: {
    NODE_PERFORMANCE_GC_MAJOR: 4, NODE_PERFORMANCE_GC_MINOR: 1, NODE_PERFORMANCE_GC_INCREMENTAL: 8, NODE_PERFORMANCE_GC_WEAKCB: 16,
    NODE_PERFORMANCE_GC_FLAGS_NO: 0, NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED: 2, NODE_PERFORMANCE_GC_FLAGS_FORCED: 4,
    NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING: 8, NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE: 16,
    NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY: 32, NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE: 64,
  },
};
