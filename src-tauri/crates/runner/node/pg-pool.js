// The npm package's pool; an idle client does not keep a run alive (in Node it keeps the process alive for ten seconds,
// which on the platform nobody waits for).
'use strict';
const Pool = require('./node_modules/pg-pool/index.js');

module.exports = class extends Pool {
  constructor(options, Client) {
    super({ allowExitOnIdle: true, ...options }, Client);
    const password = Object.getOwnPropertyDescriptor(this.options, 'password');
    if (password) Object.defineProperty(this.options, 'password', { ...password, enumerable: false });
  }
};
