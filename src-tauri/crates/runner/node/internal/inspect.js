// Node's own util.inspect, extracted by the npm package, which asks the engine what only an engine knows through `host`.
'use strict';
module.exports = require('node-inspect-extracted');
