// How strings compare by the rules of English (and German, which are the same): base letters first, then accents, then case. The
// order is the one Node shows for these characters; what lies beyond is compared by its code points, after all of them.
'use strict';
const { canonical, option, optionsOf, warn } = require('internal/locale');

const ORDER = '\t\n\v\f\r _-–—,;:!¡?¿.·\'‘’‹›"“”«»()[]{}§¶@*/\\&#%•`´¯¨^°©®+±÷×<=>¬|¦~¤¢$£¥€0123456789abcdefghiıjklmnŋopqĸrstuvwxyzþ';
const ACCENTS = '\u0313\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304\u0335\u0305\u0309\u030f\u0311\u031b'
  + '\u0323\u0324\u0325\u0326\u032d\u032e\u0330\u0331';
/** Letters that no normal form takes apart. */
const APART = {
  'ß': 's\u0305s', 'ẞ': 'S\u0305S', 'æ': 'a\u0305e', 'Æ': 'A\u0305E', 'œ': 'o\u0305e', 'Œ': 'O\u0305E', 'ø': 'o\u0338', 'Ø': 'O\u0338', 'đ': 'd\u0335', 'Đ': 'D\u0335',
  'ð': 'd\u0305', 'Ð': 'D\u0305', 'ħ': 'h\u0335', 'Ħ': 'H\u0335', 'ł': 'l\u0335', 'Ł': 'L\u0335',
};
const IGNORED = /[\0-\x08\x0e-\x1f\x7f-\x9f\xad]+/g;
const STANDING_ALONE = /[´¯¨·]/;
/** Past every weight of ORDER. */
const BEYOND = 1000;
const NUMBER = ORDER.indexOf('0') + 1;
const LATER = 2;

const weights = new Map();
for (let at = 0; at < ORDER.length; at += 1) weights.set(ORDER[at], [at + 1, 0]);
for (const letter of 'abcdefghijklmnopqrstuvwxyzŋþ') weights.set(letter.toUpperCase(), [weights.get(letter)[0], 1]);
const accents = new Map(Array.from(ACCENTS, (accent, at) => [accent, at + 1]));

const primary = new Int16Array(127);
const upper = new Int8Array(127);
for (let code = 0; code < 127; code += 1) [primary[code], upper[code]] = weights.get(String.fromCharCode(code)) ?? [0, 0];

/** Compares two strings of ASCII; undefined where one has something else. */
function plain(a, b) {
  const length = Math.min(a.length, b.length);
  let base = 0;
  let cased = 0;
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (!(primary[x] > 0 && primary[y] > 0)) return undefined;
    base ||= primary[x] - primary[y];
    cased ||= upper[x] - upper[y];
  }
  const longer = a.length > length ? a : b;
  for (let at = length; at < longer.length; at += 1) if (!(primary[longer.charCodeAt(at)] > 0)) return undefined;
  return [base || a.length - b.length, 0, cased];
}

/** The weights of a string on each of the three levels. */
function keyOf(text, numeric) {
  const key = [[], [], []];
  const put = (first, second, third) => { key[0].push(first); key[1].push(second); key[2].push(third); };
  const read = text.replace(IGNORED, '').normalize('NFC');
  for (const whole of numeric ? read.replace(/(?<!\d)0+(?=\d)/g, '') : read) {
    const apart = APART[whole] ?? (STANDING_ALONE.test(whole) ? whole : whole.normalize('NFD'));
    const compatible = apart === whole && !weights.has(whole) ? whole.normalize('NFKD') : apart;
    const isVariant = compatible !== apart;
    for (const part of compatible) {
      const known = weights.get(part);
      if (known) put(known[0], 0, isVariant ? LATER + known[1] : known[1]);
      else if (accents.has(part)) key[1].push(accents.get(part));
      else put(BEYOND + part.codePointAt(0), 0, 0);
    }
  }
  if (numeric) key[0] = counted(key[0]);
  return key;
}

/** Runs of digits as numbers: the longer one, without leading zeros, is the greater. */
function counted(base) {
  const found = [];
  for (let at = 0; at < base.length; at += 1) {
    const digit = (place) => base[place] >= NUMBER && base[place] < NUMBER + 10;
    if (!digit(at)) {
      found.push(base[at]);
      continue;
    }
    let end = at;
    while (digit(end)) end += 1;
    while (at < end - 1 && base[at] === NUMBER) at += 1;
    found.push(NUMBER, end - at, ...base.slice(at, end));
    at = end - 1;
  }
  return found;
}

function order(a, b) {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

const LEVELS = { base: [0], accent: [0, 1], case: [0, 2], variant: [0, 1, 2] };
const METHOD = 'String.prototype.localeCompare';

function rules(locales, given) {
  const locale = canonical(locales);
  if (locale !== undefined && !/^(?:en|de|fr|it|nl|pt)(?:-[A-Z]{2})?$/.test(locale)) warn(METHOD, `the locale ${locale}`, 'as for en-US');
  const options = optionsOf(given, `${METHOD} called on null or undefined`);
  const sensitivity = option(options, 'sensitivity', Object.keys(LEVELS), METHOD) ?? 'variant';
  option(options, 'usage', ['sort', 'search'], METHOD);
  const first = option(options, 'caseFirst', ['upper', 'lower', 'false'], METHOD);
  if (first === 'upper') warn(METHOD, 'the option caseFirst', 'with lower case first');
  if (options.ignorePunctuation) warn(METHOD, 'the option ignorePunctuation', 'with punctuation');
  return { levels: LEVELS[sensitivity], numeric: Boolean(options.numeric) };
}

const USUAL = { levels: LEVELS.variant, numeric: false };

/** What `localeCompare` answers for two strings: -1, 0 or 1. */
exports.compare = (a, b, locales, options) => {
  const { levels, numeric } = locales === undefined && options === undefined ? USUAL : rules(locales, options);
  if (a === b) return 0;
  let differences = numeric ? undefined : plain(a, b);
  if (differences === undefined) {
    const [x, y] = [keyOf(a, numeric), keyOf(b, numeric)];
    if (x[0].concat(y[0]).some((weight) => weight >= BEYOND)) warn(METHOD, 'the order of characters beyond Latin letters', 'by code points');
    differences = [0, 1, 2].map((level) => order(x[level], y[level]));
  }
  for (const level of levels) if (differences[level] !== 0) return Math.sign(differences[level]);
  return 0;
};
