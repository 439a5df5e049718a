// Numbers and dates as text, as Node prints them with its default locale en-US and with en-GB and de-DE.
'use strict';
const { canonical, option, optionsOf, warn } = require('internal/locale');

const ENGLISH = { group: ',', point: '.', percent: '%', money: (symbol, amount) => `${symbol}${amount}` };
const GERMAN = { group: '.', point: ',', percent: '\u00a0%', money: (symbol, amount) => `${amount}\u00a0${symbol}` };
const TAGS = { en: 'en-US', 'en-US': 'en-US', 'en-GB': 'en-GB', de: 'de-DE', 'de-DE': 'de-DE' };
const SYMBOLS = { USD: '$', EUR: '€', GBP: '£' };
/** Options that change what the answer looks like and are not followed. */
const BEYOND_NUMBER = ['compactDisplay', 'currencyDisplay', 'currencySign', 'maximumSignificantDigits', 'minimumSignificantDigits', 'notation',
  'numberingSystem', 'roundingIncrement', 'roundingMode', 'roundingPriority', 'signDisplay', 'trailingZeroDisplay', 'unit', 'unitDisplay'];
const BEYOND_DATE = ['calendar', 'dateStyle', 'day', 'dayPeriod', 'era', 'fractionalSecondDigits', 'hour', 'hour12', 'hourCycle', 'minute', 'month',
  'numberingSystem', 'second', 'timeStyle', 'timeZoneName', 'weekday', 'year'];

/** The locale that is followed: the one asked for, or en-US with a warning. */
function followed(locales, method) {
  const asked = canonical(locales);
  if (asked === undefined) return 'en-US';
  if (!Object.hasOwn(TAGS, asked)) warn(method, `the locale ${asked}`, 'as for en-US');
  return TAGS[asked] ?? 'en-US';
}

function unfollowed(options, names, method) {
  for (const name of names) if (options[name] !== undefined) warn(method, `the option ${name}`, 'as without it');
}

/** An option between two integers; undefined when it is not given. */
function digits(options, name, least, most) {
  if (options[name] === undefined) return undefined;
  const value = Number(options[name]);
  if (!(value >= least && value <= most)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(value);
}

/** The least and the most digits after the point. */
function fraction(options, [usualLeast, usualMost]) {
  const least = digits(options, 'minimumFractionDigits', 0, 20);
  const most = digits(options, 'maximumFractionDigits', 0, 20);
  if (least === undefined && most === undefined) return [usualLeast, usualMost];
  if (least === undefined) return [Math.min(usualLeast, most), most];
  if (most === undefined) return [least, Math.max(usualMost, least)];
  if (least > most) throw new RangeError('maximumFractionDigits value is out of range.');
  return [least, most];
}

/** The shortest decimal that is the number, as digits and the place of the point among them. */
function decimal(value) {
  const [, whole, part = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  return { digits: `${whole}${part}`, point: whole.length + Number(exponent) };
}

/** Digits before and after the point, half rounded up. */
function rounded({ digits: all, point }, [least, most]) {
  const keep = point + most;
  let kept = keep > 0 ? all.slice(0, keep) : '';
  kept = `${'0'.repeat(Math.max(0, 1 - point))}${kept}`.padEnd(Math.max(0, keep) + Math.max(0, 1 - point), '0');
  let before = Math.max(point, 1);
  if (keep >= 0 && all[keep] >= '5') {
    const longer = String(BigInt(kept || '0') + 1n).padStart(kept.length, '0');
    before += longer.length - kept.length;
    kept = longer;
  }
  const whole = kept.slice(0, before).replace(/^0+(?=\d)/, '') || '0';
  let after = kept.slice(before);
  while (after.length > least && after.endsWith('0')) after = after.slice(0, -1);
  return [whole, after];
}

function currency(options, tag, method) {
  if (options.currency === undefined) throw new TypeError('Currency code is required with currency style.');
  const code = String(options.currency).toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new RangeError(`Invalid currency code : ${options.currency}`);
  if (code === 'USD' && tag === 'en-GB') return 'US$';
  if (!Object.hasOwn(SYMBOLS, code)) warn(method, `the sign of the currency ${code}`, 'with its code');
  return SYMBOLS[code] ?? `${code}\u00a0`;
}

/** A number or a big integer as text; `method` is what warnings name. */
exports.number = (value, locales, given, method) => {
  const tag = followed(locales, method);
  const locale = tag === 'de-DE' ? GERMAN : ENGLISH;
  const options = optionsOf(given, `${method} called on null or undefined`);
  let style = option(options, 'style', ['decimal', 'percent', 'currency', 'unit'], method) ?? 'decimal';
  if (style === 'unit') {
    warn(method, 'the style unit', 'the plain number');
    style = 'decimal';
  }
  const symbol = style === 'currency' ? currency(options, tag, method) : '';
  const least = digits(options, 'minimumIntegerDigits', 1, 21) ?? 1;
  const places = fraction(options, { decimal: [0, 3], percent: [0, 0], currency: [2, 2] }[style]);
  unfollowed(options, BEYOND_NUMBER, method);
  if (value !== value) return style === 'decimal' ? 'NaN' : dressed('NaN', style, symbol, locale);
  const isNegative = value < 0 || Object.is(value, -0);
  const text = dressed(plain(value, style, places, least, options.useGrouping, locale), style, symbol, locale);
  return isNegative ? `-${text}` : text;
};

function dressed(text, style, symbol, locale) {
  if (style === 'percent') return `${text}${locale.percent}`;
  return style === 'currency' ? locale.money(symbol, text) : text;
}

/** The number without its sign. */
function plain(value, style, places, least, grouping, locale) {
  if (value === Infinity || value === -Infinity) return '∞';
  const exact = decimal(value);
  if (style === 'percent') {
    exact.digits = `${exact.digits}00`;
    exact.point += 2;
  }
  const [whole, after] = rounded(exact, places);
  let before = whole.padStart(least, '0');
  const isGrouped = grouping !== false && grouping !== 'false' && !(grouping === 'min2' && before.length < 5);
  if (isGrouped) before = before.replace(/\B(?=(?:\d{3})+$)/g, locale.group);
  return after === '' ? before : `${before}${locale.point}${after}`;
}

const two = (value) => String(value).padStart(2, '0');

const DAYS = {
  'en-US': (year, month, day) => `${month}/${day}/${year}`,
  'en-GB': (year, month, day) => `${two(day)}/${two(month)}/${year}`,
  'de-DE': (year, month, day) => `${day}.${month}.${year}`,
};

/** The date's parts in the zone asked for. */
function parts(date, options, method) {
  if (options.timeZone !== undefined && !/^(?:utc|gmt|etc\/(?:utc|gmt))$/i.test(`${options.timeZone}`)) {
    if (!/^[A-Za-z_]+(?:[/+-][\w+-]+)*$/.test(`${options.timeZone}`)) throw new RangeError(`Invalid time zone specified: ${options.timeZone}`);
    warn(method, `the time zone ${options.timeZone}`, 'in UTC');
  }
  return options.timeZone === undefined
    ? [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()]
    : [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
}

/** A date as text: its day, its time or both. */
exports.date = (date, [withDay, withTime], locales, given, method) => {
  if (Number.isNaN(date.getTime())) return 'Invalid Date';
  const options = optionsOf(given, 'Cannot convert undefined or null to object');
  const locale = followed(locales, method);
  unfollowed(options, BEYOND_DATE, method);
  const [year, month, day, hour, minute, second] = parts(date, options, method);
  // Years before the first one are counted backwards, and no text says so.
  const dayText = DAYS[locale](year > 0 ? year : 1 - year, month, day);
  const timeText = locale === 'en-US'
    ? `${hour % 12 || 12}:${two(minute)}:${two(second)} ${hour < 12 ? 'AM' : 'PM'}` : `${two(hour)}:${two(minute)}:${two(second)}`;
  return [withDay && dayText, withTime && timeText].filter(Boolean).join(', ');
};
