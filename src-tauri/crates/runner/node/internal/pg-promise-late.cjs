// What pg-promise and spex use of `util` and `stream`, loaded at its first use: an object shown for a message, a stream to read.
'use strict';
// Named through a variable so that the bundler leaves them to our `require`.
const load = (name) => require(name);
const util = (name) => (...given) => load('util')[name](...given);

exports.format = util('format');
exports.inspect = Object.assign(util('inspect'), { custom: Symbol.for('nodejs.util.inspect.custom') });
// Streams made by others have loaded the module.
Object.defineProperty(exports, 'Stream', { enumerable: true, get: () => load('stream').Stream });
