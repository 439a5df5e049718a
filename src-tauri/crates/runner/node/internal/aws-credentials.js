// Credentials that a request to STS or to Cognito gives. Each file puts its class on `AWS`.
'use strict';
require('aws-sdk/lib/credentials/temporary_credentials');
require('aws-sdk/lib/credentials/chainable_temporary_credentials');
require('aws-sdk/lib/credentials/web_identity_credentials');
require('aws-sdk/lib/credentials/cognito_identity_credentials');
require('aws-sdk/lib/credentials/saml_credentials');
