// util.MIMEType and util.MIMEParams (WHATWG MIME Sniffing §4).
'use strict';
const { nodeError } = require('internal/errors');

const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/;
const NOT_VALUE = /[^\t\u0020-\u007E\u0080-\u00FF]/;
const SPACES = /^[\r\n\t ]+|[\r\n\t ]+$/g;
const trimmedEnd = (text) => text.replace(/[\r\n\t ]+$/, '');
const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const fault = (part, text, at = -1) => nodeError(TypeError, 'ERR_INVALID_MIME_SYNTAX', `The MIME syntax for a ${part} in ${JSON.stringify(text).replace(/\\n/g, '\n')} is invalid${at === -1 ? '' : ` at ${at}`}`);

/** A text that is a token, or an error about `part` of `whole`. */
function token(text, part, whole = text) {
  const at = text.search(NOT_TOKEN);
  if (text === '' || at !== -1) throw fault(part, whole, at);
  return text;
}

class MIMEParams {
  #entries = new Map();
  get(name) { return this.#entries.get(`${name}`) ?? null; }
  has(name) { return this.#entries.has(`${name}`); }
  delete(name) { this.#entries.delete(`${name}`); }
  set(name, value) {
    const [key, text] = [`${name}`, `${value}`];
    token(key, 'parameter name');
    const at = text.search(NOT_VALUE);
    if (at !== -1) throw fault('parameter value', text, at);
    this.#entries.set(key, text);
  }
  * entries() { yield* this.#entries.entries(); }
  * keys() { yield* this.#entries.keys(); }
  * values() { yield* this.#entries.values(); }
  toString() {
    const written = (value) => (value !== '' && !NOT_TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`);
    return [...this.#entries].map(([name, value]) => `${name}=${written(value)}`).join(';');
  }
  /** Reads what follows the essence; of a name that comes again the first counts. */
  static read(params, text) {
    let at = 0;
    const upTo = (ends) => {
      const start = at;
      while (at < text.length && !ends.includes(text[at])) at += 1;
      return text.slice(start, at);
    };
    while (at < text.length) {
      while (at < text.length && /[\r\n\t ]/.test(text[at])) at += 1;
      const name = lower(upTo(';='));
      if (at >= text.length) break;
      if (text[at] === ';') {
        at += 1;
        continue;
      }
      at += 1;
      let value;
      if (text[at] === '"') {
        value = '';
        for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
          if (text[at] === '\\' && at + 1 < text.length) at += 1;
          value += text[at];
        }
        upTo(';');
      } else {
        value = trimmedEnd(upTo(';'));
      }
      at += 1;
      const quoted = text[at - 2] === '"';
      if (name !== '' && !NOT_TOKEN.test(name) && !NOT_VALUE.test(value) && (value !== '' || quoted) && !params.#entries.has(name)) params.#entries.set(name, value);
    }
  }
}
Object.defineProperty(MIMEParams.prototype, Symbol.iterator, { configurable: true, writable: true, value: MIMEParams.prototype.entries });
MIMEParams.prototype.toJSON = MIMEParams.prototype.toString;
Object.defineProperty(MIMEParams.prototype, 'toJSON', { enumerable: false });
const { read } = MIMEParams;
delete MIMEParams.read;

class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();
  constructor(input) {
    const whole = `${input}`;
    const text = whole.replace(SPACES, '');
    const slash = text.indexOf('/');
    this.#type = lower(token(slash === -1 ? '' : text.slice(0, slash), 'type', whole));
    const rest = text.slice(slash + 1);
    const semicolon = rest.indexOf(';');
    this.#subtype = lower(token(trimmedEnd(semicolon === -1 ? rest : rest.slice(0, semicolon)), 'subtype', whole));
    if (semicolon !== -1) read(this.#params, rest.slice(semicolon + 1));
  }
  get type() { return this.#type; }
  set type(value) { this.#type = lower(token(`${value}`, 'type')); }
  get subtype() { return this.#subtype; }
  set subtype(value) { this.#subtype = lower(token(`${value}`, 'subtype')); }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#params; }
  toString() {
    const params = `${this.#params}`;
    return params === '' ? this.essence : `${this.essence};${params}`;
  }
  toJSON() { return this.toString(); }
}

module.exports = { MIMEParams, MIMEType };
