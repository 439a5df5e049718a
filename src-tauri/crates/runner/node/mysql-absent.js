// Stands in for builtins that the packages load and the host makes superfluous: TLS, compression, files. The scramble that a
// package computes for its login packet proves nothing, since the host logs in; so its digest is empty.
'use strict';
const { Buffer } = require('buffer');

const digest = { update: () => digest, digest: () => Buffer.alloc(20, 1) };

module.exports = { createHash: () => digest };
