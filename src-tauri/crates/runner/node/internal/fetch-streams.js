// Web streams, the npm polyfill. What Node's stream functions ask of a web stream, they ask through these symbols.
'use strict';
const streams = require('web-streams-polyfill');

const STATE = Symbol('state');
const CLOSED = Symbol('closed');
const asked = (name) => Symbol.for(`nodejs.${name}`);
const hidden = (get, set) => ({ get, set, configurable: true });

/** The promise of a stream's end, made when it is first asked for. */
function closed(stream) {
  if (!stream[CLOSED]) {
    const made = host.engine.withResolvers();
    made.promise.catch(() => {});
    Object.defineProperty(stream, CLOSED, { value: made });
    settle(stream);
  }
  return stream[CLOSED];
}

function settle(stream) {
  if (stream[STATE] === 'closed') stream[CLOSED]?.resolve();
  // The polyfill sets the state first and then the error.
  else if (stream[STATE] === 'errored') queueMicrotask(() => stream[CLOSED]?.reject(stream._storedError));
}

for (const Class of [streams.ReadableStream, streams.WritableStream]) {
  Object.defineProperties(Class.prototype, {
    _state: hidden(function get() { return this[STATE]; }, function set(state) {
      Object.defineProperty(this, STATE, { value: state, configurable: true });
      settle(this);
    }),
    [asked('webstream.isClosedPromise')]: hidden(function get() { return closed(this); }),
    [asked('stream.errored')]: hidden(function get() { return this._state === 'errored'; }),
  });
}
Object.defineProperties(streams.ReadableStream.prototype, {
  [asked('stream.disturbed')]: hidden(function get() { return this._disturbed; }),
  [asked('stream.readable')]: hidden(function get() { return this._state === 'readable'; }),
});
module.exports = streams;
