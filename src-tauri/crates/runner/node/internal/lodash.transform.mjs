// lodash looks at the global `_` for its noConflict; here that would touch the implicit global of old scripts.
const FROM = 'oldDash = root._';

export function lodashWithoutGlobal(source, path) {
  if (!/[\\/]lodash[\\/]lodash\.js$/.test(path)) return source;
  if (!source.includes(FROM)) throw new Error(`${path}: ${FROM} not found; has lodash changed?`);
  return source.replace(FROM, 'oldDash = undefined');
}
