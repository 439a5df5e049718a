// `net` for ldapjs: sockets whose LDAP messages the host knows.
'use strict';
module.exports = require('internal/store-socket').socketsOf('ldap', 'ldapjs', { answersAfterEnd: true }).net;
