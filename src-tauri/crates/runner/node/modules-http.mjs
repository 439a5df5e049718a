// The part of the table that speaks HTTP.
import { axiosInFiles } from './internal/axios.transform.mjs';
import { undiciHeld } from './internal/undici.transform.mjs';

const absent = './internal/http-absent.cjs';
const requestOverHost = {
  'aws-sign2': absent,
  'forever-agent': absent,
  // The version that request asks for.
  'form-data': './node_modules/request/node_modules/form-data/lib/form_data.js',
  fs: absent,
  'har-validator': absent,
  'http-signature': absent,
  'mime-types': './internal/http-mime.cjs',
  net: './internal/http-net.cjs',
  psl: './internal/http-psl.cjs',
  // The version that request asks for.
  qs: './node_modules/request/node_modules/qs/lib/index.js',
  'tunnel-agent': absent,
};
const axiosOverHost = {
  awaited: './internal/awaited.cjs',
  'axios/lib': './node_modules/axios/lib/axios.js',
  debug: absent,
  fs: absent,
  http2: absent,
  'https-proxy-agent': absent,
  'mime-types': './internal/http-mime.cjs',
};
const requestPromiseOverRequest = {
  './errors.js': 'request-promise-core/errors',
  'stealthy-require': './internal/http-copy.cjs',
  'tough-cookie': absent,
};
const superagentOverHost = {
  './http2wrapper': absent,
  debug: './internal/auth0-debug.cjs',
  'form-data': './internal/auth0-form-data.cjs',
  formidable: absent,
  fs: absent,
  mime: './internal/auth0-mime.cjs',
  semver: './internal/auth0-versions.cjs',
  'semver/functions/gte': './internal/auth0-versions.cjs',
};
const undiciOverHost = {
  '../../global': './internal/fetch-dispatcher.cjs',
  held: './internal/fetch-reference.cjs',
  'node:buffer': './internal/fetch-node.cjs',
  'node:net': './internal/http-net.cjs',
  'node:perf_hooks': './internal/fetch-node.cjs',
  'node:worker_threads': './internal/fetch-node.cjs',
};

const requestPromise = (name) => ({
  name, entry: name, status: 'bridged', package: name, replace: requestPromiseOverRequest, lazy: {}, differences: ['as request'],
});

export const httpModules = [
  // undici's files tell each other of converters when they load; these two have none.
  { name: 'internal/fetch', entry: './internal/fetch.js', internal: true, replace: undiciOverHost, transform: undiciHeld, lazy: { eager: /^\.(?!\/(?:data-url|formdata-parser)$)/ } },
  { name: 'internal/fetch-blob', entry: './internal/fetch-blob.js', internal: true },
  { name: 'internal/fetch-streams', entry: './internal/web-streams.js', internal: true },
  { name: 'internal/streams-polyfill', entry: './internal/fetch-streams.js', internal: true },
  { name: 'internal/http', entry: './internal/http.js', internal: true },
  { name: 'internal/mime-types', entry: 'mime-types', internal: true },
  {
    name: 'form-data', entry: 'form-data', status: 'package', package: 'form-data', replace: { fs: absent, 'mime-types': './internal/http-mime.cjs' },
    differences: ['no files by name: a part is a text, a Buffer or a stream'],
  },
  { name: 'internal/psl', entry: 'psl', internal: true },
  {
    name: 'http', entry: './http.js', status: 'bridged', builtin: true,
    refuses: ['Server', 'ServerResponse', 'createServer'],
    differences: [
      'requests go to the host, one exchange each: an answer comes whole, up to 10 MiB, and is then read as a stream',
      'a script cannot listen',
    ],
  },
  {
    name: 'https', entry: './https.js', status: 'bridged', builtin: true,
    refuses: ['Server', 'createServer'],
    differences: [
      'requests go to the host, one exchange each: an answer comes whole, up to 10 MiB, and is then read as a stream',
      'a script cannot listen',
    ],
  },
  {
    name: 'axios', entry: './axios.js', status: 'bridged', package: 'axios', replace: axiosOverHost, transform: axiosInFiles, commonjs: /\/node_modules\/axios\/lib\//, lazy: {},
    differences: ['the adapter over http is used; no proxy, no HTTP/2'],
  },
  { name: 'node-fetch', entry: 'node-fetch', status: 'bridged', package: 'node-fetch', replace: { 'whatwg-url': './internal/http-whatwg-url.cjs' } },
  {
    name: 'request', entry: 'request', status: 'bridged', package: 'request', replace: requestOverHost, lazy: {},
    differences: ['no proxies and tunnels, no HAR files, no signatures of aws-sign2 and http-signature'],
  },
  requestPromise('request-promise'),
  { name: 'request-promise/errors', entry: 'request-promise/errors', status: 'package', package: 'request-promise' },
  { name: 'request-promise-core/errors', entry: 'request-promise-core/errors', internal: true },
  requestPromise('request-promise-native'),
  { name: 'request-promise-native/errors', entry: 'request-promise-native/errors', status: 'package', package: 'request-promise-native' },
  {
    name: 'superagent', entry: 'superagent', status: 'bridged', package: 'superagent', replace: superagentOverHost, lazy: {},
    differences: ['no proxy, no HTTP/2, no files to attach by name, and multipart answers are not taken apart'],
  },
];
