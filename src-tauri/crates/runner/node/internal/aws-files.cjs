// What the package wants of `fs` without a script's asking: nothing is a stream of a file. Reading one says why it cannot.
'use strict';

function refuse() {
  const error = new Error('aws-sdk reads no files here: a script has none. Give credentials and settings to AWS.config.update or to the service');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
}

module.exports = { ReadStream: class ReadStream {}, readFileSync: refuse, lstatSync: refuse };
