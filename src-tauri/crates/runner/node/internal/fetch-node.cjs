// What undici takes from Node that the sandbox has not, or has elsewhere.
'use strict';
const buffer = require('buffer');
const { Blob, File } = require('internal/fetch-blob');

module.exports = {
  ...buffer,
  Blob,
  File,
  resolveObjectURL: () => undefined,
  performance: { now: () => host.now() },
  markAsUncloneable() {},
};
