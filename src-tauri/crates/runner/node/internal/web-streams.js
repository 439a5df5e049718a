// The web's streams with the look that Node gives them; the polyfill alone would show its insides.
'use strict';
const streams = require('internal/streams-polyfill');
const { shown } = require('internal/web-shown');

// Node shows nothing of a stream that lies too deep.
const LOOK = { deep: () => undefined };
const byBytes = (stream) => stream._readableStreamController instanceof streams.ReadableByteStreamController;

shown(streams.ReadableStream, (self) => ({ locked: self.locked, state: self._state, supportsBYOB: byBytes(self) }), LOOK);
shown(streams.WritableStream, (self) => ({ locked: self.locked, state: self._state }), LOOK);
shown(streams.TransformStream, (self) => ({ readable: self.readable, writable: self.writable, backpressure: self._backpressure }), LOOK);
shown(streams.ReadableStreamDefaultReader, (self) => ({ stream: self._ownerReadableStream, readRequests: self._readRequests.length, close: self.closed }), LOOK);
shown(streams.ReadableStreamBYOBReader, (self) => ({ stream: self._ownerReadableStream, requests: self._readIntoRequests.length, close: self.closed }), LOOK);
shown(streams.WritableStreamDefaultWriter, (self) => ({
  stream: self._ownerWritableStream, close: self.closed, ready: self.ready, desiredSize: self.desiredSize,
}), LOOK);
shown(streams.WritableStreamDefaultController, (self) => ({ stream: self._controlledWritableStream }), LOOK);
for (const name of ['ReadableStreamDefaultController', 'ReadableByteStreamController', 'TransformStreamDefaultController']) shown(streams[name], () => ({}), LOOK);
for (const name of ['ByteLengthQueuingStrategy', 'CountQueuingStrategy']) shown(streams[name], (self) => ({ highWaterMark: self.highWaterMark }), LOOK);

module.exports = streams;
