// Stands in for what the driver finds or not as npm packages, and finds not: Kerberos, AWS, compression and SOCKS proxies.
'use strict';

function refuse() {
  const error = new Error('This part of mongodb is not available here: the driver goes straight to its server (no proxy, no '
    + 'compression), and logs in with SCRAM, X.509 or PLAIN');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
}

module.exports = {
  SocksClient: { createConnection: async () => refuse() },
  request: refuse,
};
