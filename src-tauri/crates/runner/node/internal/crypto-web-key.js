// CryptoKey: a KeyObject with what it may be used for.
'use strict';
const { nodeError } = require('internal/errors');

const parts = new WeakMap();
const partsOf = (key) => {
  const own = parts.get(key);
  if (own === undefined) throw nodeError(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type CryptoKey');
  return own;
};

class CryptoKey {
  constructor() { throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor'); }
  get type() { return partsOf(this).object.type; }
  get extractable() { return partsOf(this).extractable; }
  get algorithm() { return partsOf(this).algorithm; }
  get usages() { return partsOf(this).usages; }
  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('internal/inspect');
    const { type, extractable, algorithm, usages } = this;
    return `CryptoKey ${inspect({ type, extractable, algorithm, usages }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
for (const name of ['type', 'extractable', 'algorithm', 'usages']) Object.defineProperty(CryptoKey.prototype, name, { enumerable: true });
Object.defineProperty(CryptoKey.prototype, Symbol.toStringTag, { configurable: true, value: 'CryptoKey' });

/** A key for scripts around `object`. */
function cryptoKey(object, algorithm, usages, extractable) {
  const key = Object.create(CryptoKey.prototype);
  parts.set(key, { object, algorithm, usages, extractable });
  return key;
}

module.exports = {
  CryptoKey,
  cryptoKey,
  isCryptoKey: (value) => parts.has(value),
  keyObjectOf: (value) => parts.get(value)?.object,
};
