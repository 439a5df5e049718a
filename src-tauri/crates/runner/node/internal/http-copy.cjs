// In place of stealthy-require: request-promise has a copy of `request` in its own bundle, so a script's own stays as it is.
'use strict';
module.exports = (_cache, load) => load();
