// What the legacy url module asks of the qs package, over Node's own querystring, as Node does it.
'use strict';
const querystring = require('querystring');
module.exports = { parse: (text) => querystring.parse(text), stringify: (query) => querystring.stringify(query) };
