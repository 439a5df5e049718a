// `https`: `http` with TLS options for the host.
'use strict';
const { absent, Agent: Plain, ClientRequest } = require('internal/http');
const { URL } = require('url');

class Agent extends Plain {
  constructor(options) {
    super(options);
    this.defaultPort = 443;
    this.protocol = 'https:';
    this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
  }
}

function request(...given) {
  const address = typeof given[0] === 'string' || given[0] instanceof URL ? [given.shift()] : [];
  const options = given[0] && typeof given[0] !== 'function' ? given.shift() : {};
  return new ClientRequest(...address, { ...options, _defaultAgent: module.exports.globalAgent }, given[0]);
}

function get(...given) {
  const sent = request(...given);
  sent.end();
  return sent;
}

module.exports = {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
  Server: absent('https.Server'),
  createServer: absent('https.createServer'),
  get,
  request,
};
