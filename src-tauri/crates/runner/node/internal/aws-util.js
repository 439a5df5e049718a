// The core's `lib/util`, for bundles of services.
'use strict';
module.exports = require('internal/aws-core').util;
