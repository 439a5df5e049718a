// The package's notice of its end of support, which goes to a standard error that scripts do not have, from a timer at load.
'use strict';
module.exports = { suppress: true };
