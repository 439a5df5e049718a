// The WHATWG URL over a native parser, and URLSearchParams; inspection and errors as in Node.
'use strict';
const { nodeError, invalidArgType } = require('internal/errors');
const { native } = host;
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

const hex = (code) => `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
function encodeForm(text) {
  let out = '';
  for (const byte of native.utf8Encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) out += '+';
    else out += /[A-Za-z0-9*\-._]/.test(character) ? character : hex(byte);
  }
  return out;
}
const PLAIN = /^[A-Za-z0-9*\-._]*$/;
const form = (text) => (PLAIN.test(text) ? text : encodeForm(text));

function decodeForm(text) {
  if (!/[+%]/.test(text)) return text;
  const spaced = native.utf8Encode(text.replaceAll('+', ' '));
  const bytes = [];
  for (let at = 0; at < spaced.length; at++) {
    const digits = spaced[at] === 0x25 ? String.fromCharCode(spaced[at + 1], spaced[at + 2]) : '';
    if (/^[0-9a-fA-F]{2}$/.test(digits)) {
      bytes.push(parseInt(digits, 16));
      at += 2;
    } else {
      bytes.push(spaced[at]);
    }
  }
  return native.utf8Decode(Uint8Array.from(bytes));
}

function parseForm(text) {
  const list = [];
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    list.push(at < 0 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, at)), decodeForm(pair.slice(at + 1))]);
  }
  return list;
}

const string = (value) => {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return host.engine.wellFormed(`${value}`);
};
const missing = (...names) => nodeError(TypeError, 'ERR_MISSING_ARGS', names.length === 1
  ? `The "${names[0]}" argument must be specified`
  : `The ${names.map((name) => `"${name}"`).join(' and ')} arguments must be specified`);

class URLSearchParams {
  #list = [];
  #changed;

  constructor(init = undefined) {
    if (init == null) return;
    if (typeof init !== 'object' && typeof init !== 'function') {
      const text = string(init);
      this.#list = parseForm(text.startsWith('?') ? text.slice(1) : text);
      return;
    }
    const method = init[Symbol.iterator];
    if (typeof method === 'function') {
      for (const pair of init) {
        if (pair == null || typeof pair !== 'object' || typeof pair[Symbol.iterator] !== 'function') {
          throw nodeError(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
        }
        const items = [...pair];
        if (items.length !== 2) throw nodeError(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
        this.#list.push([string(items[0]), string(items[1])]);
      }
      return;
    }
    if (method != null) throw nodeError(TypeError, 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable');
    for (const key of Reflect.ownKeys(init)) {
      if (Object.getOwnPropertyDescriptor(init, key)?.enumerable) {
        const name = string(key);
        const known = this.#list.find(([other]) => other === name);
        if (known) known[1] = string(init[key]);
        else this.#list.push([name, string(init[key])]);
      }
    }
  }

  static attach(params, changed) { params.#changed = changed; }
  static reset(params, text) { params.#list = parseForm(text); }
  #touch() { this.#changed?.(this.toString()); }

  get size() { return this.#list.length; }
  append(name, value) {
    if (arguments.length < 2) throw missing('name', 'value');
    this.#list.push([string(name), string(value)]);
    this.#touch();
  }
  delete(name, value) {
    if (arguments.length < 1) throw missing('name');
    const key = string(name);
    this.#list = this.#list.filter(([other, held]) => other !== key || (value !== undefined && held !== string(value)));
    this.#touch();
  }
  get(name) {
    if (arguments.length < 1) throw missing('name');
    const key = string(name);
    return this.#list.find(([other]) => other === key)?.[1] ?? null;
  }
  getAll(name) {
    if (arguments.length < 1) throw missing('name');
    const key = string(name);
    return this.#list.filter(([other]) => other === key).map(([, value]) => value);
  }
  has(name, value) {
    if (arguments.length < 1) throw missing('name');
    const key = string(name);
    return this.#list.some(([other, held]) => other === key && (value === undefined || held === string(value)));
  }
  set(name, value) {
    if (arguments.length < 2) throw missing('name', 'value');
    const key = string(name);
    const first = this.#list.findIndex(([other]) => other === key);
    if (first < 0) this.#list.push([key, string(value)]);
    else {
      this.#list[first][1] = string(value);
      this.#list = this.#list.filter(([other], at) => at <= first || other !== key);
    }
    this.#touch();
  }
  sort() {
    this.#list.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#touch();
  }
  forEach(callback, self = undefined) {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'function', callback);
    for (const [name, value] of this.#list) callback.call(self, value, name, this);
  }
  * entries() { for (const [name, value] of this.#list) yield [name, value]; }
  * keys() { for (const [name] of this.#list) yield name; }
  * values() { for (const [, value] of this.#list) yield value; }
  toString() { return this.#list.map(([name, value]) => `${form(name)}=${form(value)}`).join('&'); }

  [inspectSymbol](depth, options) {
    if (typeof depth === 'number' && depth < 0) return options.stylize('[Object]', 'special');
    const { inspect } = require('internal/inspect');
    const parts = this.#list.map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`);
    const length = parts.reduce((sum, part) => sum + part.length + 2, -2);
    if (length > options.breakLength) return `${this.constructor.name} {\n  ${parts.join(',\n  ')} }`;
    return parts.length > 0 ? `${this.constructor.name} { ${parts.join(', ')} }` : `${this.constructor.name} {}`;
  }
}
URLSearchParams.prototype[Symbol.iterator] = URLSearchParams.prototype.entries;
const { attach, reset } = URLSearchParams;
delete URLSearchParams.attach;
delete URLSearchParams.reset;

function invalid(input, base) {
  const error = nodeError(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

class URL {
  #parts;
  #params;

  constructor(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    const text = string(input);
    const against = base === undefined ? undefined : string(base);
    const parts = native.urlParse(text, against);
    if (!parts) throw invalid(text, against);
    this.#parts = parts;
  }

  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    return Boolean(native.urlParse(string(input), base === undefined ? undefined : string(base)));
  }

  static parse(input, base = undefined) { return URL.canParse(input, base) ? new URL(input, base) : null; }

  #set(field, value) {
    this.#parts = native.urlSet(this.#parts.href, field, string(value));
    if (this.#params && field === 'search') reset(this.#params, this.#parts.search.slice(1));
  }

  get href() { return this.#parts.href; }
  set href(value) {
    const text = string(value);
    const parts = native.urlParse(text, undefined);
    if (!parts) throw invalid(text);
    this.#parts = parts;
    if (this.#params) reset(this.#params, parts.search.slice(1));
  }
  get origin() { return this.#parts.origin; }
  get protocol() { return this.#parts.protocol; }
  set protocol(value) { this.#set('protocol', value); }
  get username() { return this.#parts.username; }
  set username(value) { this.#set('username', value); }
  get password() { return this.#parts.password; }
  set password(value) { this.#set('password', value); }
  get host() { return this.#parts.host; }
  set host(value) { this.#set('host', value); }
  get hostname() { return this.#parts.hostname; }
  set hostname(value) { this.#set('hostname', value); }
  get port() { return this.#parts.port; }
  set port(value) { this.#set('port', value); }
  get pathname() { return this.#parts.pathname; }
  set pathname(value) { this.#set('pathname', value); }
  get search() { return this.#parts.search; }
  set search(value) { this.#set('search', value); }
  get searchParams() {
    if (!this.#params) {
      this.#params = new URLSearchParams(this.#parts.search);
      attach(this.#params, (text) => { this.#parts = native.urlSet(this.#parts.href, 'search', text); });
    }
    return this.#params;
  }
  get hash() { return this.#parts.hash; }
  set hash(value) { this.#set('hash', value); }
  toString() { return this.#parts.href; }
  toJSON() { return this.#parts.href; }

  [inspectSymbol](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('internal/inspect');
    const shown = {};
    for (const key of SHOWN) shown[key] = this[key];
    const name = this.constructor.name;
    Object.defineProperty(shown, 'constructor', { value: name === 'URL' ? Object : this.constructor, enumerable: false, configurable: true });
    return `${name} ${inspect(shown, options)}`;
  }
}
const SHOWN = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];

for (const Class of [URL, URLSearchParams]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  for (const key of Object.getOwnPropertyNames(Class.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, key);
    if (key !== 'constructor') Object.defineProperty(Class.prototype, key, { ...descriptor, enumerable: true });
  }
}

module.exports = { URL, URLSearchParams };
