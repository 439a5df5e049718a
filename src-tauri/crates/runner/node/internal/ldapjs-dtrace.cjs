// ldapjs without probes, as on a machine without dtrace-provider.
'use strict';
module.exports = { fire() {} };
