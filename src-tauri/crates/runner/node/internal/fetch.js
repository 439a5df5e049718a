// fetch and its classes: undici, as in Node, over a dispatcher that asks the host. Each is read when it is needed.
'use strict';
const awaited = require('./awaited.cjs');

// As undici's index-fetch.js.
function fetch(input, init = undefined) {
  const tell = awaited(fetch);
  return require('undici/lib/web/fetch').fetch(input, init).catch((error) => {
    if (error && typeof error === 'object') tell(error);
    throw error;
  });
}

module.exports = {
  fetch,
  get FormData() { return require('undici/lib/web/fetch/formdata').FormData; },
  get Headers() { return require('undici/lib/web/fetch/headers').Headers; },
  get Request() {
    // It looks at a converter that Response brings.
    require('undici/lib/web/fetch/response');
    return require('undici/lib/web/fetch/request').Request;
  },
  get Response() { return require('undici/lib/web/fetch/response').Response; },
};
