// What pg-promise wants of `os`: the end of a line.
'use strict';
exports.EOL = '\n';
