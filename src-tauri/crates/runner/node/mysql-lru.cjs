// npm `lru.min` over a Map, which keeps insertion order: the package reserves room for all its 16,000 statements at once.
'use strict';

function createLRU({ max, onEviction } = {}) {
  const entries = new Map();
  let room = max;
  const drop = () => {
    while (entries.size > room) {
      const [key, value] = entries.entries().next().value;
      entries.delete(key);
      onEviction?.(key, value);
    }
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key, value) {
      if (value === undefined) return;
      entries.delete(key);
      entries.set(key, value);
      drop();
    },
    has: (key) => entries.has(key),
    peek: (key) => entries.get(key),
    delete(key) {
      const value = entries.get(key);
      const found = entries.delete(key);
      if (found) onEviction?.(key, value);
      return found;
    },
    clear() {
      const all = [...entries];
      entries.clear();
      if (onEviction) all.forEach(([key, value]) => onEviction(key, value));
    },
    resize(next) {
      room = next;
      drop();
    },
    get max() { return room; },
    get size() { return entries.size; },
    get available() { return room - entries.size; },
  };
}

module.exports = { createLRU };
