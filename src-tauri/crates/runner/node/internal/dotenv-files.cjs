// `fs` and `os` for dotenv: a script has no files, so there is no `.env`.
'use strict';

function readFileSync(path) {
  const error = new Error(`ENOENT: no such file or directory, open '${path}'`);
  throw Object.assign(error, { errno: -2, code: 'ENOENT', syscall: 'open', path });
}

module.exports = { readFileSync, existsSync: () => false, homedir: () => '/' };
