// fetch and its classes: undici, as in Node, over a dispatcher that asks the host.
'use strict';
const undici = require('undici/lib/web/fetch');
const { FormData } = require('undici/lib/web/fetch/formdata');
const { Headers } = require('undici/lib/web/fetch/headers');
const { Request } = require('undici/lib/web/fetch/request');
const { Response } = require('undici/lib/web/fetch/response');

function fetch(input, init = undefined) {
  return undici.fetch(input, init);
}

module.exports = { fetch, FormData, Headers, Request, Response };
