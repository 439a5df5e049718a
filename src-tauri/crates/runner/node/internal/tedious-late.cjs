// `util`, `url`, `sprintf-js` and `js-md4` for tedious, each loaded when it is needed: debug texts, Azure's address, Windows logins.
'use strict';

module.exports = {
  // By the full name: the short one is this file.
  inspect: (...given) => require('node:util').inspect(...given),
  get URL() { return globalThis.URL; },
  sprintf: (...given) => require('internal/sprintf').sprintf(...given),
  arrayBuffer: (bytes) => require('internal/md4').arrayBuffer(bytes),
};
