// Lists the functions of one module: the same text runs as an action script in the sandbox and in real Node, so that both lists
// have the same names. `name` is what `require` is called with; the empty text stands for the global object.
//
// Answers [[path, own, place], …]. A path is `f` for a function of the module, `()` for the module itself where it can be called,
// `C.s` for a function on a function or on a plain object, `C#m` for a method of instances. What a prototype chain only lends is
// listed with own = false: there, but told at the class it belongs to. place is [bundle, line, column] in the sandbox and null in
// Node and for functions of the engine. Of the global object, objects are listed, too.
function list(name, callback) {
  const skipped = new Set(['arguments', 'caller', 'columnNumber', 'constructor', 'fileName', 'length', 'lineNumber', 'name', 'prototype', 'super_']);
  const root = name === '' ? globalThis : require(name);
  const found = new Map();
  const ends = new Set([null, Object.prototype, Function.prototype]);

  const read = (object, key, receiver) => {
    const property = Object.getOwnPropertyDescriptor(object, key);
    // What an accessor of a prototype gives belongs to an instance, and there is none.
    if (!property || (property.get && object !== root)) return undefined;
    try {
      return property.get ? receiver[key] : property.value;
    } catch {
      return undefined;
    }
  };
  const note = (path, own, value) => {
    const known = found.get(path);
    if (known) {
      known[1] ||= own;
      return;
    }
    const { fileName, lineNumber, columnNumber } = value;
    found.set(path, [path, own, typeof fileName === 'string' ? [fileName, lineNumber, columnNumber] : null]);
  };
  /** Calls back with each function or object of the object and of what it inherits from. */
  const walk = (object, own, each) => {
    for (let at = object, first = true; !ends.has(at); at = Object.getPrototypeOf(at), first = single(object)) {
      for (const key of Object.getOwnPropertyNames(at)) {
        if (skipped.has(key) || key.startsWith('_') && key.length > 1 || /^\d/.test(key)) continue;
        const value = read(at, key, object);
        if (typeof value === 'function' || typeof value === 'object' && value !== null) each(key, value, own && first);
      }
    }
  };
  const methods = (path, of, own) => {
    const prototype = read(of, 'prototype', of);
    if (typeof prototype !== 'object' || prototype === null) return;
    walk(prototype, own, (key, value, mine) => { if (typeof value === 'function') note(`${path}#${key}`, mine, value); });
  };
  // Of these there is one each, in Node an instance and here a plain object.
  const single = (object) => ['Crypto', 'Performance', 'SubtleCrypto'].includes(object.constructor?.name);
  const plain = (object) => [null, Object.prototype].includes(Object.getPrototypeOf(object)) || object[Symbol.toStringTag] === 'Module';

  if (typeof root === 'function') {
    note('()', true, root);
    methods('', root, true);
  }
  walk(root, true, (key, value, own) => {
    if (typeof value === 'function' || name === '') note(key, own, value);
    if (value === root || value === globalThis) return;
    if (typeof value === 'function') methods(key, value, own);
    else if (!plain(value) && !single(value)) return;
    walk(value, own, (inner, member, mine) => {
      if (typeof member === 'function' && member !== root) note(`${key}.${inner}`, mine && own, member);
    });
  });
  callback(null, [...found.values()]);
}
