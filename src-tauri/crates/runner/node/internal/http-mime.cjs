// The table of media types, which only uploads look at.
'use strict';
module.exports = { lookup: (path) => require('internal/mime-types').lookup(path) };
