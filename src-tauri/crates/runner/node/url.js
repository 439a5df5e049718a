// url: Node's legacy functions from the npm polyfill, beside the WHATWG classes.
'use strict';
const legacy = require('url/');
const { URL, URLSearchParams } = require('internal/url');
const { invalidArgType, nodeError } = require('internal/errors');

const { Url } = legacy;
Object.defineProperty(Url, 'name', { value: 'Url', configurable: true });
// Node shows a parsed address as Url {…} and keeps these fields in this order.
const FIELDS = ['protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href'];

function ordered(parsed) {
  const url = new Url();
  for (const field of FIELDS) url[field] = parsed[field] ?? null;
  if (url.query !== null && typeof url.query === 'object') url.query = Object.assign(Object.create(null), url.query);
  return url;
}

function parse(text, parseQuery, slashes) {
  if (text instanceof Url) return text;
  if (typeof text !== 'string') throw invalidArgType('url', 'string', text);
  return ordered(legacy.parse(text, parseQuery, slashes));
}

function format(target, options) {
  if (typeof target === 'string') return parse(target).format();
  if (typeof target !== 'object' || target === null) throw invalidArgType('urlObject', ['Object', 'string'], target);
  if (target instanceof URL) {
    const { auth = true, fragment = true, search = true } = options ?? {};
    const copy = new URL(target.href);
    if (!auth) { copy.username = ''; copy.password = ''; }
    if (!fragment) copy.hash = '';
    if (!search) copy.search = '';
    return copy.href;
  }
  return legacy.format(target);
}

module.exports = {
  Url,
  parse,
  resolve: (from, to) => legacy.resolve(from, to),
  resolveObject: (from, to) => (from ? ordered(legacy.resolveObject(from, to)) : to),
  format,
  URL,
  URLSearchParams,
  domainToASCII: (domain) => host.native.domainToASCII(`${domain}`),
  domainToUnicode: (domain) => host.native.domainToUnicode(`${domain}`),
  pathToFileURL(path) { return new URL(`file://${encodeURI(require('path').resolve(path)).replace(/[?#]/g, encodeURIComponent)}`); },
  fileURLToPath(file) {
    const url = typeof file === 'string' ? new URL(file) : file;
    if (url.protocol !== 'file:') throw nodeError(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
    return decodeURIComponent(url.pathname);
  },
  urlToHttpOptions(url) {
    const { hostname, pathname, search, port } = url;
    const options = {
      __proto__: null, ...url, protocol: url.protocol, hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      hash: url.hash, search, pathname, path: `${pathname}${search}`, href: url.href,
    };
    if (port !== '') options.port = Number(port);
    if (url.username || url.password) options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return options;
  },
};
