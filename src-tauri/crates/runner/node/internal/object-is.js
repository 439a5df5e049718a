// `object-is` is called with two values, its polyfill with none.
'use strict';
module.exports = (...values) => (values.length === 0 ? Object.is : Object.is(...values));
