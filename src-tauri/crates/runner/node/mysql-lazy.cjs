// What the packages import at load and need only now and then, fetched when it is needed: loading it would cost more than a query.
'use strict';

const once = (load) => {
  let loaded = null;
  return () => (loaded ??= load());
};

/** A constructor, callable with and without `new`, of a class that loads at the first call. */
const lazyClass = (load) => {
  const loaded = once(load);
  return function Lazy(...given) {
    return new (loaded())(...given);
  };
};

/** A table that loads when something is looked up, with names of our own in front. */
const lazyTable = (load, own) => {
  const loaded = once(load);
  return new Proxy({}, { get: (_, name) => own[name] ?? loaded()[name], has: (_, name) => name in own || name in loaded() });
};

module.exports = { lazyClass, lazyTable };
