// undici's dispatcher over the host: one exchange for each hop of a fetch.
'use strict';
const { SocketError } = require('undici/lib/core/errors');
const { tlsOf } = require('./http-tls.cjs');
const { faultError } = require('./http-faults.cjs');

const CHUNK = 65536;
/** Headers that undici writes by itself: first host and connection, at the end the length. */
const OWN = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

async function whole(body) {
  if (body === null || body === undefined) return null;
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function lines(headers, origin, body) {
  const given = Object.entries(headers);
  const find = (wanted) => given.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const others = given.filter(([name]) => !OWN.has(name.toLowerCase()));
  const sent = [['host', find('host') ?? origin.host], ['connection', 'keep-alive'], ...others];
  const length = find('content-length');
  if (length !== undefined) sent.push(['content-length', `${length}`]);
  else if (body !== null) sent.push(['transfer-encoding', 'chunked']);
  return sent;
}

/** The answer as undici's parser tells it, in the turns it would take: `next` goes on unless the fetch was given up. */
function play(handler, reply, next, ended) {
  const head = reply.headers.flat().map((text) => Buffer.from(text, 'latin1'));
  handler.onHeaders(reply.status, head, () => {}, reply.status_text);
  next(() => {
    const body = Buffer.from(reply.body, 'base64');
    for (let at = 0; at < body.length; at += CHUNK) handler.onData(body.subarray(at, at + CHUNK));
    // A server may go away in the middle of the body.
    next(() => ended(reply.complete === false ? new SocketError('other side closed') : null));
  });
}

function dispatch({ path, origin, method, headers, body }, handler) {
  const place = new URL(origin);
  const release = host.hold();
  let id = null;
  let over = false;
  const fail = (error) => {
    if (over) return;
    over = true;
    release();
    if (id !== null) host.abandon(id);
    handler.onError(error);
  };
  const next = (go) => host.defer(() => { if (!over) go(); });
  handler.onConnect(fail);
  if (over) return true;
  whole(body).then((bytes) => {
    if (over) return;
    const request = {
      op: 'http',
      method,
      url: `${place.origin}${path}`,
      headers: lines(headers, place, bytes),
      body: bytes?.length > 0 ? bytes.toString('base64') : null,
      tls: place.protocol === 'https:' ? tlsOf({}) : null,
      connect_timeout_ms: null,
    };
    id = host.request(`${method} ${place.origin}${path.replace(/\?.*/s, '')}`, request, (reply) => {
      id = null;
      if (reply.result !== 'response') {
        const error = faultError(reply.fault);
        fail(error.message === 'socket hang up' ? new SocketError('other side closed') : error);
        return;
      }
      play(handler, reply, next, (error) => {
        if (error) {
          fail(error);
        } else {
          over = true;
          handler.onComplete([]);
        }
      });
    });
    release();
  }).catch(fail);
  return true;
}

module.exports = { getGlobalDispatcher: () => ({ dispatch }) };
