// What ldapjs wants of `url`, without loading the rest.
'use strict';

module.exports = { get URL() { return URL; } };
