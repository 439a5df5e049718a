// What `http` and `https` share.
'use strict';
const { OutgoingMessage } = require('./http-outgoing.cjs');
const { IncomingMessage } = require('./http-incoming.cjs');
const { ClientRequest } = require('./http-client.cjs');
const { Agent } = require('./http-agent.cjs');
const { validateHeaderName, validateHeaderValue } = require('./http-headers.cjs');

/** Names of servers' parts, which a script cannot have. */
const absent = (what) => function server() {
  throw new Error(`${what} is not available here: a script answers through its callback and listens on no port`);
};

module.exports = { OutgoingMessage, IncomingMessage, ClientRequest, Agent, validateHeaderName, validateHeaderValue, absent };
