// The core of aws-sdk, in place of the package's `node_loader`: without files, the machine's metadata address and monitoring
// over UDP, and with what most runs never touch loaded late. Services are bundles of their own.
'use strict';
const util = require('aws-sdk/lib/util');
const { getRealRegion, isFipsRegion } = require('aws-sdk/lib/region/utils');

/** A property that loads at first touch, which either replaces it by itself or returns the value. */
function late(target, name, load, enumerable = true) {
  const put = (value) => Object.defineProperty(target, name, { value, writable: true, enumerable, configurable: true });
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable,
    get() {
      put(undefined);
      try {
        const value = load();
        if (target[name] === undefined) put(value);
      } catch (error) {
        late(target, name, load, enumerable);
        throw error;
      }
      return target[name];
    },
    set: put,
  });
}

util.isBrowser = () => false;
util.isNode = () => true;
util.environment = 'nodejs';
late(util.crypto, 'lib', () => require('crypto'));
util.Buffer = require('buffer').Buffer;
late(util, 'stream', () => require('stream'));
late(util, 'url', () => require('url'));
late(util, 'querystring', () => require('querystring'));
util.createEventStream = (...given) => require('aws-sdk/lib/event-stream/streaming-create-event-stream').createEventStream(...given);
util.getSystemErrorName = (number) => require('util').getSystemErrorName(number);
util.realClock = require('aws-sdk/lib/realclock/nodeClock');
// Shared files of settings: a script has no files, so there is nothing in them.
util.iniLoader = { clearCachedFiles() {}, loadFrom: () => ({}) };
util.loadConfig = ({ environmentVariableSelector, default: otherwise }) => environmentVariableSelector(process.env)
  ?? (typeof otherwise === 'function' ? otherwise() : otherwise);

const AWS = require('../node_modules/aws-sdk/lib/core.js');
require('aws-sdk/lib/credentials');
require('aws-sdk/lib/credentials/credential_provider_chain');
require('aws-sdk/lib/credentials/environment_credentials');
require('aws-sdk/lib/token');
require('aws-sdk/lib/token/token_provider_chain');

late(AWS.XML, 'Parser', () => require('aws-sdk/lib/xml/node_parser'));
late(AWS, 'NodeHttpClient', () => require('aws-sdk/lib/http/node'));
const { getInstance } = AWS.HttpClient;
AWS.HttpClient.streamsApiVersion = 2;
AWS.HttpClient.getInstance = function instance() {
  require('aws-sdk/lib/http/node');
  AWS.HttpClient.getInstance = getInstance;
  return getInstance.call(this);
};

for (const name of ['TemporaryCredentials', 'ChainableTemporaryCredentials', 'WebIdentityCredentials', 'CognitoIdentityCredentials', 'SAMLCredentials']) {
  late(AWS, name, () => { require('internal/aws-credentials'); });
}
for (const [name, source] of Object.entries({
  FileSystemCredentials: 'a file',
  SharedIniFileCredentials: 'a file',
  SsoCredentials: 'a file',
  TokenFileWebIdentityCredentials: 'a file',
  ProcessCredentials: 'a program',
  EC2MetadataCredentials: "the machine's metadata address",
  ECSCredentials: "the machine's metadata address",
  RemoteCredentials: "the machine's metadata address",
})) {
  const Absent = AWS.util.inherit(AWS.Credentials, {
    constructor: function Credentials() { AWS.Credentials.call(this); },
    refresh(callback) {
      const message = `AWS.${name} is not available here: credentials from ${source} are for servers. Give accessKeyId and `
        + 'secretAccessKey to AWS.config.update or to the service';
      (callback ?? AWS.util.fn.callback)(AWS.util.error(new Error(message), { code: 'CredentialsError' }));
    },
  });
  Object.defineProperty(Absent, 'name', { value: name });
  AWS[name] = Absent;
}
AWS.MetadataService = function MetadataService() {
  throw AWS.util.error(new Error("AWS.MetadataService is not available here: a script does not ask the machine's metadata address"), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
};

// `process.env` is empty in the sandbox, so variables there are the script's own.
const fromVariables = [() => new AWS.EnvironmentCredentials('AWS'), () => new AWS.EnvironmentCredentials('AMAZON')];
const nowhere = () => ({
  get(callback) {
    callback(AWS.util.error(new Error('Missing credentials in config, if using AWS_CONFIG_FILE, set AWS_SDK_LOAD_CONFIG=1'), { code: 'CredentialsError' }));
  },
});
AWS.CredentialProviderChain.defaultProviders = [...fromVariables, nowhere];
AWS.TokenProviderChain.defaultProviders = [];

const variableRegion = () => process.env.AWS_REGION || process.env.AMAZON_REGION;
const switched = (name) => ({
  environmentVariableSelector: (env) => ({ true: true, false: false })[env[name]],
  default: false,
});
AWS.util.update(AWS.Config.prototype.keys, {
  credentials() {
    let credentials = null;
    new AWS.CredentialProviderChain([...fromVariables]).resolve((error, found) => {
      if (!error) credentials = found;
    });
    return credentials;
  },
  credentialProvider: () => new AWS.CredentialProviderChain(),
  logger: () => (process.env.AWSJS_DEBUG ? console : null),
  region() {
    const region = variableRegion();
    return region ? getRealRegion(region) : undefined;
  },
  tokenProvider: () => new AWS.TokenProviderChain(),
  useFipsEndpoint: () => (isFipsRegion(variableRegion()) ? true : util.loadConfig(switched('AWS_USE_FIPS_ENDPOINT'))),
  useDualstackEndpoint: () => util.loadConfig(switched('AWS_USE_DUALSTACK_ENDPOINT')),
});
AWS.config = new AWS.Config();

module.exports = AWS;
