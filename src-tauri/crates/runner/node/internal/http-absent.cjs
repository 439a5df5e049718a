// Stands in for parts of packages that need sockets, or that no script was seen to use: proxies, tunnels, HTTP/2, signatures of
// AWS version 2 and of HTTP messages, HAR files, files to upload. They throw when reached.
'use strict';

function refuse() {
  const error = new Error('This part of the package is not available here: requests go straight to their server over '
    + 'HTTP/1.1 (no proxy, no HTTP/2), with bodies from memory, and without the signatures of aws-sign2 and http-signature');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
}

class Absent {
  constructor() { refuse(); }
}

// What a package looks at when it only loads the module.
const looked = (name) => name in Absent || typeof name === 'symbol' || name === 'default' || name === '__esModule';

module.exports = new Proxy(Absent, { get: (Class, name) => (looked(name) ? Class[name] : refuse) });
