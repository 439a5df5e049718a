// dns over the host, which asks the system's name servers, and only for hosts that the connection may reach.
'use strict';
const { nodeError, invalidArgType, invalidArgValue } = require('internal/errors');
const { isIP } = require('./internal/http-net.cjs');

const codes = Object.fromEntries([
  'NODATA', 'FORMERR', 'SERVFAIL', 'NOTFOUND', 'NOTIMP', 'REFUSED', 'BADQUERY', 'BADNAME', 'BADFAMILY', 'BADRESP', 'CONNREFUSED',
  'TIMEOUT', 'EOF', 'FILE', 'NOMEM', 'DESTRUCTION', 'BADSTR', 'BADFLAGS', 'NONAME', 'BADHINTS', 'NOTINITIALIZED', 'LOADIPHLPAPI',
  'ADDRGETNETWORKPARAMS', 'CANCELLED',
].map((name) => [name, `E${name}`]));

function needString(value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}
function needFunction(value) {
  if (typeof value !== 'function') throw invalidArgType('callback', 'function', value);
}

/** What Node's DNSException is. */
function failure({ message, code, fields }, syscall, hostname) {
  const isNames = code !== null && fields.syscall !== undefined;
  const error = new Error(isNames ? `${syscall} ${code}${hostname ? ` ${hostname}` : ''}` : message);
  error.errno = syscall === 'getaddrinfo' ? fields.errno : undefined;
  error.code = code;
  error.syscall = syscall;
  if (hostname) error.hostname = hostname;
  return error;
}

function ask(record, name, syscall, answered) {
  host.request(`dns ${name}`, { op: 'lookup', name, record }, (reply) => {
    if (reply.result === 'failed') answered(failure(reply.fault, syscall, name));
    else answered(null, reply.records);
  });
}

const later = (callback, ...values) => process.nextTick(callback, ...values);

// resolve*: one per record type, with the name of c-ares's query in the error.
const withTtl = (records, options) => (options?.ttl ? records : records.map(({ address }) => address));
const kinds = {
  A: ['resolve4', 'queryA', 'a', withTtl],
  AAAA: ['resolve6', 'queryAaaa', 'aaaa', withTtl],
  CNAME: ['resolveCname', 'queryCname', 'cname'],
  MX: ['resolveMx', 'queryMx', 'mx'],
  NS: ['resolveNs', 'queryNs', 'ns'],
  PTR: ['resolvePtr', 'queryPtr', 'ptr'],
  SOA: ['resolveSoa', 'querySoa', 'soa', ([record]) => record],
  SRV: ['resolveSrv', 'querySrv', 'srv'],
  TXT: ['resolveTxt', 'queryTxt', 'txt'],
};

function resolverOf([method, syscall, record, shown = (records) => records]) {
  const named = {
    [method](name, options, callback) {
      if (typeof options === 'function') return named[method](name, undefined, options);
      needString(name, 'name');
      needFunction(callback);
      ask(record, name, syscall, (error, records) => (error ? callback(error) : callback(null, shown(records, options))));
      return undefined;
    },
  };
  return named[method];
}

const resolvers = Object.fromEntries(Object.values(kinds).map((kind) => [kind[0], resolverOf(kind)]));

function resolve(hostname, rrtype, callback) {
  if (typeof rrtype === 'function') return resolvers.resolve4(hostname, rrtype);
  if (typeof rrtype !== 'string') throw invalidArgType('rrtype', 'string', rrtype);
  if (!Object.hasOwn(kinds, rrtype)) throw invalidArgValue('rrtype', rrtype);
  return resolvers[kinds[rrtype][0]](hostname, callback);
}

function reverse(ip, callback) {
  needString(ip, 'name');
  needFunction(callback);
  if (isIP(ip) === 0) throw Object.assign(new Error(`getHostByAddr EINVAL ${ip}`), { errno: -22, code: 'EINVAL', syscall: 'getHostByAddr', hostname: ip });
  ask('reverse', ip, 'getHostByAddr', callback);
}

const FAMILIES = { 0: 0, 4: 4, 6: 6, IPv4: 4, IPv6: 6 };

function familyOf(value, name) {
  if (value == null) return 0;
  if (!Object.hasOwn(FAMILIES, value)) throw invalidArgValue(name, value, 'must be one of: 0, 4, 6', TypeError);
  return FAMILIES[value];
}

function lookup(hostname, options, callback) {
  if (hostname) needString(hostname, 'hostname');
  if (typeof options === 'function') return lookup(hostname, {}, options);
  needFunction(callback);
  const isObject = options !== null && typeof options === 'object';
  const family = isObject ? familyOf(options.family, 'options.family') : familyOf(options, 'family');
  const all = isObject && options.all === true;
  if (!hostname) return void (all ? later(callback, null, []) : later(callback, null, null, family === 6 ? 6 : 4));
  const literal = isIP(hostname);
  if (literal) return all ? later(callback, null, [{ address: hostname, family: literal }]) : later(callback, null, hostname, literal);
  ask('address', hostname, 'getaddrinfo', (error, records) => {
    if (error) return callback(error);
    const found = records.filter((record) => family === 0 || record.family === family);
    if (found.length === 0) return callback(failure({ code: 'ENOTFOUND', fields: { errno: -3008, syscall: 'getaddrinfo' } }, 'getaddrinfo', hostname));
    if (options.order === 'ipv4first') found.sort((one, other) => one.family - other.family);
    return all ? callback(null, found) : callback(null, found[0].address, found[0].family);
  });
  return undefined;
}

const custom = Symbol.for('nodejs.util.promisify.custom');
const promised = (call) => (name, ...given) => {
  needString(name, 'name');
  return new Promise((done, fail) => {
    call(name, ...given, (error, value) => (error ? fail(error) : done(value)));
  });
};
const hidden = (object, key, value) => Object.defineProperty(object, key, { value, configurable: true });

const promises = {};
for (const [name, call] of Object.entries({ ...resolvers, resolve, reverse })) {
  promises[name] = { [name]: name === 'resolve' ? (hostname, rrtype = 'A') => promised(resolve)(hostname, rrtype) : promised(call) }[name];
}
promises.lookup = function lookup_(hostname, options = {}) {
  return new Promise((done, fail) => {
    lookup(hostname, options, (error, address, family) => {
      if (error) fail(error);
      else done(options.all ? address : { address, family });
    });
  });
};
hidden(promises.lookup, 'name', 'lookup');
hidden(lookup, custom, promises.lookup);

/** The name servers are the system's, whatever a script says. */
function setServers(servers) {
  if (!Array.isArray(servers)) throw invalidArgType('servers', 'Array', servers);
  host.warn('dns_servers', 'dns.setServers has no effect here: names are asked of the system\'s own name servers');
}

class Resolver {
  cancel() {}
  setLocalAddress() {}
}
class PromisesResolver extends Resolver {}
hidden(PromisesResolver, 'name', 'Resolver');
for (const name of [...Object.keys(resolvers), 'resolve', 'reverse']) {
  hidden(Resolver.prototype, name, { ...resolvers, resolve, reverse }[name]);
  hidden(PromisesResolver.prototype, name, promises[name]);
}
let order = 'verbatim';
function setDefaultResultOrder(value) {
  if (!['ipv4first', 'ipv6first', 'verbatim'].includes(value)) {
    throw invalidArgValue('dnsOrder', value, "must be one of: 'verbatim', 'ipv4first', 'ipv6first'", TypeError);
  }
  order = value;
}
const servers = { getServers: () => [], setServers };
Object.assign(Resolver.prototype, servers);

function unavailable(name) {
  return () => {
    throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `dns.${name} is not available here`);
  };
}

const shared = { ...servers, setDefaultResultOrder, getDefaultResultOrder: () => order, lookupService: unavailable('lookupService') };
const absent = Object.fromEntries(['resolveAny', 'resolveCaa', 'resolveNaptr'].map((name) => [name, unavailable(name)]));
Object.assign(promises, absent, shared, codes, { Resolver: PromisesResolver });

module.exports = {
  lookup, Resolver, ...shared, resolve, ...resolvers, ...absent, reverse,
  ADDRCONFIG: 32, ALL: 16, V4MAPPED: 8, ...codes, promises,
};
