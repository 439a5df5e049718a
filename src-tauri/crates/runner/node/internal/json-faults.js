// What V8 says where JSON fails: the engine tells of the same places in its own words. Loaded when the first of them is met.
'use strict';

const { apply } = Reflect;
const { isArray } = Array;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const SPECIAL = ['[object Object]', 'NaN', 'Infinity', 'undefined'];
/** Characters of the text that V8 shows on each side of the fault. */
const AROUND = 10;
const BLANK = /[\t\n\r ]*/y;
const LITERAL = /true|false|null/y;
const KEY_OPEN = { '{': "Expected property name or '}' in JSON", ',': 'Expected double-quoted property name in JSON' };

/** Where and how a text is no JSON. */
class Fault {
  constructor(at, told) {
    this.at = at;
    this.told = told;
  }
}

/** A walk through a text up to the place V8 stumbles over. `told` of what it throws is none for a token that may not be there. */
class Walk {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  blank() {
    BLANK.lastIndex = this.at;
    BLANK.exec(this.text);
    this.at = BLANK.lastIndex;
    return this.text[this.at];
  }

  fail(told) { throw new Fault(this.at, told); }

  whole() {
    this.value();
    if (this.blank() !== undefined) this.fail('Unexpected non-whitespace character after JSON');
  }

  /** One value; what is open lies in a list, as texts may be nested deeper than functions. */
  value() {
    const open = [];
    for (;;) {
      const first = this.blank();
      if (first === '{' || first === '[') {
        this.at += 1;
        if (this.blank() !== (first === '{' ? '}' : ']')) {
          open.push(first);
          if (first === '{') this.key('{');
          continue;
        }
        this.at += 1;
      } else {
        this.plain(first);
      }
      if (!this.closed(open)) return;
    }
  }

  /** After a value: whether another one follows. */
  closed(open) {
    while (open.length > 0) {
      const isObject = open[open.length - 1] === '{';
      const next = this.blank();
      if (next === ',') {
        this.at += 1;
        if (isObject) this.key(',');
        return true;
      }
      if (next !== (isObject ? '}' : ']')) {
        this.fail(isObject ? "Expected ',' or '}' after property value in JSON" : "Expected ',' or ']' after array element in JSON");
      }
      this.at += 1;
      open.pop();
    }
    return false;
  }

  key(after) {
    if (this.blank() !== '"') this.fail(KEY_OPEN[after]);
    this.string();
    if (this.blank() !== ':') this.fail(after === '{' ? "Expected ':' after property name in JSON" : undefined);
    this.at += 1;
  }

  plain(first) {
    if (first === '"') this.string();
    else if (first === '-' || (first >= '0' && first <= '9')) this.number(first);
    else this.literal();
  }

  literal() {
    LITERAL.lastIndex = this.at;
    const [word] = LITERAL.exec(this.text) ?? [];
    if (word !== undefined) {
      this.at += word.length;
      return;
    }
    const wanted = { t: 'true', f: 'false', n: 'null' }[this.text[this.at]] ?? '';
    let same = 0;
    while (same < wanted.length && this.text[this.at + same] === wanted[same]) same += 1;
    this.at += same;
    this.fail();
  }

  digits() {
    const from = this.at;
    while (this.text[this.at] >= '0' && this.text[this.at] <= '9') this.at += 1;
    return this.at > from;
  }

  number(first) {
    if (first === '-') {
      this.at += 1;
      if (!(this.text[this.at] >= '0' && this.text[this.at] <= '9')) this.fail('No number after minus sign in JSON');
    }
    if (this.text[this.at] === '0') {
      this.at += 1;
      if (this.text[this.at] >= '0' && this.text[this.at] <= '9') this.fail();
    } else {
      this.digits();
    }
    if (this.text[this.at] === '.') {
      this.at += 1;
      if (!this.digits()) this.fail('Unterminated fractional number in JSON');
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at += 1;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at += 1;
      if (!this.digits()) this.fail('Exponent part is missing a number in JSON');
    }
  }

  string() {
    this.at += 1;
    for (;;) {
      const next = this.text[this.at];
      if (next === undefined) this.fail('Unterminated string in JSON');
      if (next < ' ') this.fail('Bad control character in string literal in JSON');
      this.at += 1;
      if (next === '"') return;
      if (next === '\\') this.escape();
    }
  }

  escape() {
    const kind = this.text[this.at];
    if (kind === 'u') {
      for (let digit = 0; digit < 4; digit += 1) {
        this.at += 1;
        if (!/^[0-9a-fA-F]$/.test(this.text[this.at] ?? '')) this.fail('Bad Unicode escape in JSON');
      }
    } else if (kind === undefined) {
      this.fail();
    } else if (!'"\\/bfnrt'.includes(kind)) {
      this.fail('Bad escaped character in JSON');
    }
    this.at += 1;
  }
}

/** A token at `at` that may not be there. */
function unexpected(text, at) {
  const token = text[at];
  if (token === undefined) return 'Unexpected end of JSON input';
  if (token === '-' || (token >= '0' && token <= '9')) return `Unexpected number in JSON at position ${at}`;
  if (token === '"') return `Unexpected string in JSON at position ${at}`;
  if (SPECIAL.includes(text)) return `"${text}" is not valid JSON`;
  let shown = `"${text}"`;
  if (text.length > 2 * AROUND) {
    const [from, to] = [at < AROUND ? 0 : at - AROUND, at < text.length - AROUND || at < AROUND ? at + AROUND : text.length];
    shown = `${from > 0 || at >= AROUND ? '...' : ''}"${text.slice(from, to)}"${to < text.length || at < AROUND ? '...' : ''}`;
  }
  return `Unexpected token '${token}', ${shown} is not valid JSON`;
}

/** V8's message for a text that is no JSON; undefined for one that is. */
exports.parse = (text) => {
  const walk = new Walk(text);
  try {
    walk.whole();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { at, told } = fault;
    return told === undefined ? unexpected(text, at) : `${told} at position ${at}`;
  }
};

/** A class' name as V8 finds it: it asks no getter and no proxy. */
function constructor(value) {
  let from = value;
  try {
    for (let depth = 0; depth < 32 && from !== null; depth += 1) {
      from = getPrototypeOf(from);
      const made = from === null ? undefined : getOwnPropertyDescriptor(from, 'constructor')?.value;
      if (typeof made === 'function') return typeof made.name === 'string' && made.name !== '' ? made.name : 'Object';
    }
  } catch {
    // A proxy's trap that throws.
  }
  return 'Object';
}

/** V8's message for a structure that `stringify` found to hold itself; undefined where no circle is found again. */
exports.circular = (stringify, [value, replacer]) => {
  const path = [];
  const listed = isArray(replacer) ? new Set(replacer.map(String)) : undefined;
  let told;
  const look = function (key, given) {
    if (told !== undefined) return undefined;
    const found = typeof replacer === 'function' ? apply(replacer, this, [key, given]) : given;
    if (listed && path.length > 0 && !isArray(this) && !listed.has(key)) return undefined;
    while (path.length > 0 && path[path.length - 1].value !== this) path.pop();
    if (typeof found !== 'object' || found === null) return found;
    const step = { key: named(this, key), value: found };
    const start = path.findIndex((above) => above.value === found);
    if (start < 0) {
      path.push(step);
      return found;
    }
    told = drawn(path.slice(start), step);
    return undefined;
  };
  stringify(value, look);
  return told;
};

function named(holder, key) {
  if (isArray(holder)) return `index ${key}`;
  return key === '' ? '<anonymous>' : `property '${key}'`;
}

function drawn([first, ...between], last) {
  const lines = between.map((step) => `|     ${step.key} -> object with constructor '${constructor(step.value)}'`);
  if (lines.length > 3) lines.splice(2, lines.length - 3, '|     ...');
  return ['Converting circular structure to JSON', `--> starting at object with constructor '${constructor(first.value)}'`,
    ...lines, `--- ${last.key} closes the circle`].join('\n    ');
}
