// The list of public suffixes, which only cookie jars look at.
'use strict';
module.exports = { get: (domain) => require('internal/psl').get(domain) };
