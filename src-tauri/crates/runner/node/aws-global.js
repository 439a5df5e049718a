// `aws-sdk/global` and `aws-sdk/lib/core`: the core without services.
'use strict';
module.exports = require('internal/aws-core');
