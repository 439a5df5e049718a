// `http`: requests go to the host, one exchange each.
'use strict';
const {
  absent, Agent, ClientRequest, IncomingMessage, OutgoingMessage, validateHeaderName, validateHeaderValue,
} = require('internal/http');
const { METHODS, STATUS_CODES } = require('./internal/http-names.cjs');

function request(url, options, callback) {
  return new ClientRequest(url, options, callback);
}

function get(url, options, callback) {
  const sent = request(url, options, callback);
  sent.end();
  return sent;
}

module.exports = {
  METHODS,
  STATUS_CODES,
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server: absent('http.Server'),
  ServerResponse: absent('http.ServerResponse'),
  createServer: absent('http.createServer'),
  validateHeaderName,
  validateHeaderValue,
  get,
  request,
  maxHeaderSize: 16384,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
};
