// isomorphic-unfetch gives a fetch where there is none; here is one, which loads when it is called.
'use strict';
module.exports = (...given) => globalThis.fetch(...given);
