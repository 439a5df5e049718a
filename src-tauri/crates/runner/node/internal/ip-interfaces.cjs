// What ip asks of `os`: the machine's network interfaces, which a script cannot see.
'use strict';
module.exports = { networkInterfaces: () => ({}) };
