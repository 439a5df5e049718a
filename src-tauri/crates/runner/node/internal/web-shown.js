// How the web's classes look in util.inspect and the console: as Node shows its own, by what they are asked for.
'use strict';
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Shows instances of `Class` as its name and the fields that `fieldsOf` reads; beyond the depth as `deep` says. */
function shown(Class, fieldsOf, { name = ({ constructor }) => `${constructor.name} `, deep = (self) => self } = {}) {
  Object.defineProperty(Class.prototype, INSPECT, {
    value(depth, options, inspect) {
      if (depth < 0) return deep(this);
      const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
      return `${name(this)}${inspect(fieldsOf(this), inner)}`;
    },
    writable: true,
    configurable: true,
  });
}

module.exports = { shown };
