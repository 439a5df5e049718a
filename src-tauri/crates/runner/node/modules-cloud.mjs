// The part of the table (`modules.mjs`) for clients of cloud services, and for `pg-promise`.
import { agentAtUse } from './internal/auth0.transform.mjs';
import { awsByService } from './internal/aws.transform.mjs';
import { rememberingText } from './internal/pg-promise.transform.mjs';

const awsOverHost = {
  '../../clients/cognitoidentity': 'aws-sdk/clients/cognitoidentity',
  '../../clients/sts': 'aws-sdk/clients/sts',
  './maintenance_mode_message': './internal/aws-quiet.cjs',
  fs: './internal/aws-files.cjs',
  jmespath: './internal/aws-jmespath.cjs',
};
const awsOverCore = {
  ...awsOverHost,
  '../core': 'internal/aws-core',
  './core': 'internal/aws-core',
  './util': 'internal/aws-util',
  '../lib/core': 'internal/aws-core',
  '../lib/node_loader': 'internal/aws-core',
};
const cognitoOverHost = {
  './BigInteger': './internal/cognito-integers.cjs',
  '@aws-crypto/sha256-js': './internal/cognito-sha256.cjs',
  'isomorphic-unfetch': './internal/cognito-fetch.cjs',
};
const absent = './internal/http-absent.cjs';
const auth0OverHost = {
  axios: './internal/auth0-axios.cjs',
  'form-data': './internal/auth0-form-data.cjs',
  fs: absent,
  jsonwebtoken: './internal/auth0-jsonwebtoken.cjs',
  'jwks-rsa': './internal/auth0-jwks-rsa.cjs',
  'lru-memoizer': './internal/auth0-memoizer.cjs',
  superagent: './internal/auth0-superagent.cjs',
  'superagent-proxy': './internal/auth0-proxy.cjs',
  uuid: './internal/auth0-uuid.cjs',
};
const pgPromiseOverPg = {
  './defaults': './internal/pg-promise-defaults.cjs',
  fs: './internal/pg-promise-files.cjs',
  os: './internal/pg-promise-system.cjs',
  stream: './internal/pg-promise-late.cjs',
  util: './internal/pg-promise-late.cjs',
  'util/types': './pg-util.js',
};
const aws = (name, entry, more) => ({ name, entry, status: 'bridged', package: 'aws-sdk', replace: awsOverHost, transform: awsByService, ...more });
const awsService = (service) => aws(`aws-sdk/clients/${service}`, `aws-sdk/clients/${service}`, { replace: awsOverCore });

export const cloudModules = [
  { name: 'internal/written', entry: './internal/written.js', internal: true },
  { name: 'internal/aws-core', entry: './internal/aws-core.js', internal: true, replace: awsOverHost, transform: awsByService },
  { name: 'internal/aws-credentials', entry: './internal/aws-credentials.js', internal: true, replace: awsOverCore },
  { name: 'internal/aws-util', entry: './internal/aws-util.js', internal: true },
  { name: 'internal/aws-models', entry: './internal/aws-models.js', internal: true },
  { name: 'internal/jmespath', entry: 'jmespath', internal: true },
  {
    name: 'amazon-cognito-identity-js', entry: 'amazon-cognito-identity-js', status: 'bridged', package: 'amazon-cognito-identity-js', replace: cognitoOverHost,
  },
  aws('aws-sdk', './aws-sdk.js'),
  aws('aws-sdk/global', './aws-global.js'),
  aws('aws-sdk/lib/core', './aws-global.js'),
  aws('aws-sdk/lib/maintenance_mode_message', './internal/aws-quiet.cjs'),
  awsService('cognitoidentity'),
  awsService('cognitoidentityserviceprovider'),
  awsService('dynamodb'),
  awsService('kms'),
  awsService('lambda'),
  awsService('rdsdataservice'),
  awsService('s3'),
  awsService('secretsmanager'),
  awsService('ses'),
  awsService('sns'),
  awsService('sqs'),
  awsService('ssm'),
  awsService('sts'),
  { name: 'lru-memoizer', entry: 'lru-memoizer', status: 'package', package: 'lru-memoizer' },
  { name: 'auth0', entry: 'auth0', status: 'bridged', package: 'auth0', replace: auth0OverHost, transform: agentAtUse },
  { name: 'pg-promise', entry: 'pg-promise', status: 'bridged', package: 'pg-promise', replace: pgPromiseOverPg, transform: rememberingText, lazy: {} },
];
