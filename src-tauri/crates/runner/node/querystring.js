// querystring: Node's rules, which the npm polyfill does not follow (its escapes and its array order differ).
'use strict';
const { native } = host;

const KEEP = /^[A-Za-z0-9!'()*\-._~]*$/;

function escape(value) {
  let text = value;
  if (typeof text !== 'string') text = typeof text === 'object' ? String(text) : `${text}`;
  if (KEEP.test(text)) return text;
  if (!host.engine.isWellFormed(text)) {
    const error = new URIError('URI malformed');
    error.code = 'ERR_INVALID_URI';
    throw error;
  }
  return encodeURIComponent(text);
}

function unescapeBuffer(text) {
  const source = native.utf8Encode(`${text}`);
  const bytes = [];
  for (let at = 0; at < source.length; at++) {
    const digits = source[at] === 0x25 ? String.fromCharCode(source[at + 1], source[at + 2]) : '';
    if (/^[0-9a-f]{2}$/i.test(digits)) {
      bytes.push(parseInt(digits, 16));
      at += 2;
    } else {
      bytes.push(source[at]);
    }
  }
  return Buffer.from(bytes);
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

function primitive(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  return '';
}

function stringify(object, separator, equals, options) {
  if (object === null || typeof object !== 'object') return '';
  const join = separator || '&';
  const assign = equals || '=';
  const encode = typeof options?.encodeURIComponent === 'function' ? options.encodeURIComponent : module.exports.escape;
  return Object.keys(object).flatMap((key) => {
    const head = `${encode(primitive(key))}${assign}`;
    const value = object[key];
    return Array.isArray(value) ? value.map((item) => head + encode(primitive(item))) : [head + encode(primitive(value))];
  }).join(join);
}

function parse(text, separator, equals, options) {
  const result = Object.create(null);
  if (typeof text !== 'string' || text.length === 0) return result;
  const split = `${separator || '&'}`;
  const assign = `${equals || '='}`;
  const most = typeof options?.maxKeys === 'number' ? options.maxKeys : 1000;
  const decode = typeof options?.decodeURIComponent === 'function' ? options.decodeURIComponent : module.exports.unescape;
  const decoded = (part) => {
    const spaced = part.replaceAll('+', decode === unescape ? ' ' : '%20');
    try {
      return decode(spaced);
    } catch {
      return unescape(spaced);
    }
  };
  let pairs = text.split(split).filter((pair) => pair !== '');
  if (most > 0) pairs = pairs.slice(0, most);
  for (const pair of pairs) {
    const at = pair.indexOf(assign);
    const key = decoded(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decoded(pair.slice(at + assign.length));
    if (!(key in result)) result[key] = value;
    else if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = [result[key], value];
  }
  return result;
}

module.exports = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
