// Two places where ldapjs and its packages lean on V8: a function's caller, which only marks where a stack begins, and a stack
// whose first line is made when it is first looked at.
const SWAPS = {
  'assert-plus/assert.js': ['stackStartFunction: _toss.caller', 'stackStartFunction: _toss'],
  'ldapjs/lib/errors/index.js': [
    '  if (Error.captureStackTrace) { Error.captureStackTrace(this, caller || LDAPError) }\n\n  this.lde_message = message\n  this.lde_dn = dn\n',
    '  this.lde_message = message\n  this.lde_dn = dn\n\n  if (Error.captureStackTrace) { Error.captureStackTrace(this, caller || LDAPError) }\n',
  ],
};

export function ldapjsOffV8(source, path) {
  const name = Object.keys(SWAPS).find((ending) => path.replaceAll('\\', '/').endsWith(`node_modules/${ending}`));
  if (!name) return source;
  const [from, to] = SWAPS[name];
  if (source.split(from).length !== 2) throw new Error(`${path}: ${from} not found once; has the package changed?`);
  return source.replace(from, () => to);
}
