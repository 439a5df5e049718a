// `tls` for the driver.
'use strict';
const { tls } = require('internal/store-socket').socketsOf('mongodb', 'mongodb');

/** Whoever trusts any certificate (`tlsInsecure`) trusts any name in it, too: the driver says so with a check that always passes. */
function connect({ checkServerIdentity, ...options }, ...more) {
  const kept = checkServerIdentity && options.rejectUnauthorized !== false ? { ...options, checkServerIdentity } : options;
  return tls.connect(kept, ...more);
}

module.exports = { ...tls, connect };
