// A service's definition from what the bundler packed (`aws.transform.mjs`).
'use strict';
const { Coding } = require('internal/zlib-coding');

module.exports = (packed) => JSON.parse(new Coding('InflateRaw').finish(host.native.base64Decode(packed)).toString());
