// Entries of a Map or Set iterator without moving it, for util.inspect. The engine cannot peek, so the iterator is drained
// and gets a `next` of its own that replays what was taken.
'use strict';
const seen = new WeakMap();

module.exports = (value, isIterator) => {
  if (value instanceof WeakMap || value instanceof WeakSet) return isIterator ? [[], false] : [];
  let state = seen.get(value);
  if (!state) {
    state = { left: [] };
    for (let step = value.next(); !step.done; step = value.next()) state.left.push(step.value);
    seen.set(value, state);
    Object.defineProperty(value, 'next', {
      value: () => (state.left.length > 0 ? { value: state.left.shift(), done: false } : { value: undefined, done: true }),
      writable: true, configurable: true,
    });
  }
  const pairs = state.left.length > 0 && Object.prototype.toString.call(value) === '[object Map Iterator]'
    && state.left.every((entry) => Array.isArray(entry) && entry.length === 2);
  const entries = pairs ? state.left.flat() : [...state.left];
  return isIterator ? [entries, pairs] : entries;
};
