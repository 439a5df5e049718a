// TLS options of a request or its agent, as the host takes them.
'use strict';

/** A certificate or key in any of the forms Node takes, as a list of PEM texts. */
function texts(value) {
  if (value == null || value === false) return [];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'string') return [value];
  if (ArrayBuffer.isView(value)) return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')];
  return texts(value.pem);
}
const joined = (value) => (value == null ? null : texts(value).join('\n'));

function unavailable(what, instead) {
  const error = new Error(`The TLS option ${what} is not available here${instead ? `: ${instead}` : ''}`);
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  return error;
}

function tlsOf(options, hostHeader) {
  if (options.pfx) throw unavailable('pfx', 'give the certificate and the key as PEM in cert and key');
  if (options.checkServerIdentity) throw unavailable('checkServerIdentity');
  const key = joined(options.key);
  if (key?.includes('ENCRYPTED')) throw unavailable('passphrase', 'give the key without encryption');
  const named = /^\[?([^\]]*?)\]?(?::\d+)?$/.exec(`${hostHeader ?? ''}`)?.[1];
  const other = named && named !== options.host ? named : null;
  // As in Node, the variable counts when a connection is made.
  const lax = process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  return {
    reject_unauthorized: options.rejectUnauthorized === undefined ? !lax : options.rejectUnauthorized !== false,
    ca: texts(options.ca),
    cert: joined(options.cert),
    key,
    servername: options.servername || other,
  };
}

module.exports = { tlsOf };
