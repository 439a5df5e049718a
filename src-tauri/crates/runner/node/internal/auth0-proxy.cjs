// The client's option `proxy` takes a package of its own, superagent-proxy.
'use strict';
module.exports = function useProxy() {
  const error = new Error('The option proxy is not available here: requests go straight to their server');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
};
