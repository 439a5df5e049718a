// The server half of ldapjs: a script listens on no port.
'use strict';

function Server() {
  const error = new Error('ldap.createServer is not available here: a script listens on no port, neither here nor on the platform');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
}

module.exports = Server;
