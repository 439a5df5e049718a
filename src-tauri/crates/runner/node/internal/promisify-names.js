// The key under which a function says what its callback's values are called, for util.promisify.
'use strict';
module.exports = { customPromisifyArgs: Symbol('customPromisifyArgs') };
