// Connections that outlive their run: scripts keep pools and clients in `global`, and the host closes everything at the end
// of a run. A client of an earlier run is opened again at its next statement, as if it had stayed open; a socket, whose
// protocol has a state of its own, is found closed.
'use strict';

/** Puts numbers of its own, which never come twice, in place of the host's; returns what to call before each run. */
module.exports = function reopened(host) {
  const ask = host.request;
  const links = new Map();
  let run = 0;
  let last = 0;

  /** The reply with our number for the client. */
  function remember(reply, label, request) {
    if (reply.client === undefined) return reply;
    last += 1;
    links.set(last, { run, client: reply.client, label, request, waiting: null });
    reply.client = last;
    return reply;
  }

  function later(then, reply) {
    host.setImmediate(() => then(reply));
    return 0;
  }

  function reset() {
    const fields = { errno: -104, syscall: 'read' };
    return { result: 'failed', fault: { kind: 'connection', code: 'ECONNRESET', message: 'read ECONNRESET', fields }, sets: [] };
  }

  function reopen(link, label, request, then) {
    const go = (reply) => {
      if (reply.result !== 'connected') return then(reply);
      request.client = link.client;
      return ask(label, request, then);
    };
    if (link.waiting) {
      link.waiting.push(go);
      return 0;
    }
    link.waiting = [go];
    return ask(link.label, link.request, (reply) => {
      const { waiting } = link;
      link.waiting = null;
      if (reply.result === 'connected') Object.assign(link, { run, client: reply.client });
      for (const next of waiting) next(reply);
    });
  }

  host.request = (label, request, then) => {
    if (request.op === 'connect' || request.step === 'open') {
      return ask(label, request, (reply) => then(remember(reply, label, request)));
    }
    const link = links.get(request.client);
    if (link === undefined) return ask(label, request, then);
    if (request.op === 'close') links.delete(request.client);
    if (link.run !== run) {
      if (request.op === 'close') return later(then, { result: 'closed' });
      return request.op === 'socket' ? later(then, reset()) : reopen(link, label, request, then);
    }
    request.client = link.client;
    return ask(label, request, then);
  };

  return () => {
    run += 1;
    for (const link of links.values()) link.waiting = null;
  };
};
