// `aws-sdk`: the npm package's core, and of its services those that scripts were seen or are likely to use. A service loads at
// its first touch; the names of the others say that they are not there.
'use strict';
const AWS = require('internal/aws-core');
const names = require('aws-sdk/clients/all');

const services = {
  CognitoIdentity: () => require('aws-sdk/clients/cognitoidentity'),
  CognitoIdentityServiceProvider: () => require('aws-sdk/clients/cognitoidentityserviceprovider'),
  DynamoDB: () => require('aws-sdk/clients/dynamodb'),
  KMS: () => require('aws-sdk/clients/kms'),
  Lambda: () => require('aws-sdk/clients/lambda'),
  RDSDataService: () => require('aws-sdk/clients/rdsdataservice'),
  S3: () => require('aws-sdk/clients/s3'),
  SES: () => require('aws-sdk/clients/ses'),
  SNS: () => require('aws-sdk/clients/sns'),
  SQS: () => require('aws-sdk/clients/sqs'),
  SSM: () => require('aws-sdk/clients/ssm'),
  STS: () => require('aws-sdk/clients/sts'),
  SecretsManager: () => require('aws-sdk/clients/secretsmanager'),
};
const put = (name, value, enumerable) => Object.defineProperty(AWS, name, { value, writable: true, enumerable, configurable: true });

for (const name of names) {
  // A bundle of a service puts it here itself; it may have been required before.
  if (Object.hasOwn(AWS, name)) continue;
  const load = services[name];
  Object.defineProperty(AWS, name, {
    configurable: true,
    enumerable: load !== undefined,
    get() {
      if (load) {
        load();
        return AWS[name];
      }
      const error = new Error(`AWS.${name} is not available here. Sluice has of aws-sdk: ${Object.keys(services).join(', ')}`);
      error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
      throw error;
    },
    set(value) { put(name, value, true); },
  });
  // So that AWS.config.update takes settings for a service that is not loaded yet.
  if (load) AWS.Service._serviceMap[name.toLowerCase()] = true;
}

module.exports = AWS;
