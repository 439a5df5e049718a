// bluebird compiles twenty-four functions for `Promise.join` when it loads, and request-promise loads it twice; here they are made
// when `join` is first called.
const LOOP = /for \(var i = 0; i < 8; \+\+i\) \{\s*holderClasses\.push\([^}]*\}/g;
const USE = 'var HolderClass = holderClasses[last - 1];';

export function bluebirdJoinsLater(source, path) {
  if (!/[\\/]bluebird[\\/]js[\\/]release[\\/]join\.js$/.test(path)) return source;
  if ((source.match(LOOP) ?? []).length !== 1 || source.split(USE).length !== 2) throw new Error(`${path}: its holder classes are not where they were; has bluebird changed?`);
  return source.replace(LOOP, (loop) => `var generate = function () { if (holderClasses.length > 0) return; ${loop} };`)
    .replace(USE, `generate(); ${USE}`);
}
