// `tls` for tedious: `encrypt: 'strict'` (TDS 8.0), where TLS stands before the first message. The usual way, TLS inside the
// pre-login, is tedious-message-io.cjs.
'use strict';
const { tls } = require('internal/store-socket').socketsOf('sqlserver', 'tedious');

/** What a script may say of certificates; tedious hands it on with inherited properties. */
const credentialsOf = ({ ca, cert, key, pfx }) => ({ ca, cert, key, pfx });

function connect({ secureContext, socket, host, servername }) {
  socket.setMaxSendFragment = () => true;
  return tls.connect({ ...secureContext, socket, host, servername });
}

module.exports = { ...tls, connect, createSecureContext: credentialsOf, credentialsOf };
