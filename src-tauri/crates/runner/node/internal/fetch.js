// fetch and its classes: undici, as in Node, over a dispatcher that asks the host. What only an exchange needs is read with the first.
'use strict';
const { FormData } = require('undici/lib/web/fetch/formdata');
const { Headers } = require('undici/lib/web/fetch/headers');
// Request looks at a converter that Response brings.
const { Response } = require('undici/lib/web/fetch/response');
const { Request } = require('undici/lib/web/fetch/request');

function fetch(input, init = undefined) {
  return require('undici/lib/web/fetch').fetch(input, init);
}

module.exports = { fetch, FormData, Headers, Request, Response };
