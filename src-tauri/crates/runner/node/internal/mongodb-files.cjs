// `fs` for the driver, which reads certificates of `tlsCAFile` and the like: a script has no files, so none is there.
'use strict';

function readFileSync(path) {
  const error = new Error(`ENOENT: no such file or directory, open '${path}'`);
  throw Object.assign(error, { errno: -2, code: 'ENOENT', syscall: 'open', path });
}

module.exports = { readFileSync };
