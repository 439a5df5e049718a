// The npm package over sockets of the host, with a warning where a login script would let anybody in. Not strict, as most of the
// package is not.
const ldap = require('ldapjs');

const { prototype } = ldap.Client;
const original = prototype.bind;
prototype.bind = function bind(name, credentials, controls, callback, _bypass) {
  if (!credentials && `${name}` !== '') {
    host.warn('ldap_bind_without_password', `ldapjs: client.bind('${name}') without a password. Many directories let that in as nobody, `
      + 'without an error (RFC 4513 §5.1.2), so a login that only looks for an error lets in whoever sends an empty password: refuse it before the bind');
  }
  return original.call(this, name, credentials, controls, callback, _bypass);
};

module.exports = ldap;
