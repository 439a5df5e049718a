// node-fetch brings a URL for Nodes that have none.
'use strict';
module.exports = { URL: require('url').URL };
