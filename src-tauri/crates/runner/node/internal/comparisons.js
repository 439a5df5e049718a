// Deep equality: Node's own comparisons, as the assert package carries them.
'use strict';
const { isDeepEqual, isDeepStrictEqual } = require('assert/build/internal/util/comparisons');
module.exports = { isDeepEqual, isDeepStrictEqual };
