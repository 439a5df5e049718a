// jmespath loads at its first use: pages and waiters need it, single requests do not.
'use strict';
exports.search = (data, expression) => require('internal/jmespath').search(data, expression);
exports.strictDeepEqual = (first, second) => require('internal/jmespath').strictDeepEqual(first, second);
