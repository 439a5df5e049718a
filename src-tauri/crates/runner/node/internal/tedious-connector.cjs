// `connector` of tedious without its own name lookup: the host looks the name up, checks every address, and tries them in order.
'use strict';
const net = require('net');

const errorOf = ({ message, ...fields }) => Object.assign(new Error(message), fields);

/** What the package's own connector throws when no address answers; other faults stay as they are. */
function failed(error, how) {
  if (error.syscall !== 'connect' && !error.errors) return error;
  return new AggregateError(error.errors?.map(errorOf) ?? [error], `Could not connect (${how})`);
}

const connector = (how) => async function connect(options, _lookup, signal) {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = net.connect(options);
    const settle = (go) => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      socket.removeListener('connect', onConnect);
      go();
    };
    const onAbort = () => settle(() => {
      socket.destroy();
      reject(signal.reason);
    });
    const onError = (error) => settle(() => reject(failed(error, how)));
    const onConnect = () => settle(() => resolve(socket));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.on('connect', onConnect);
  });
};

module.exports = { connectInParallel: connector('parallel'), connectInSequence: connector('sequence') };
