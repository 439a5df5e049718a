// path-browserify is Node's posix half; scripts see the platform's Linux.
'use strict';
const path = require('path-browserify');
path.posix = path;
path.toNamespacedPath ??= (name) => name;
module.exports = path;
