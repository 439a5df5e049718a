// What stands in for Intl, which the engine has not: locales and options as ECMA-402 reads them. The warning says what is not followed.
'use strict';

const TAG = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i;

/** Reports what of a call is not followed. `method` as people write it, `what` is left out, `instead` says what the answer is. */
exports.warn = (method, what, instead) => {
  host.warn('no_intl', `${method}: there is no Intl here, so ${what} is not followed; the answer is ${instead}`);
};

const incorrect = () => new RangeError('Incorrect locale information provided');

function tag(locale) {
  if (typeof locale !== 'string' && (typeof locale !== 'object' || locale === null)) throw new TypeError('Incorrect locale information provided');
  const text = `${locale}`;
  if (!TAG.test(text)) throw incorrect();
  const [language, ...rest] = text.split('-');
  return [language.toLowerCase(), ...rest.map((part) => (part.length === 2 ? part.toUpperCase() : part))].join('-');
}

/** The first locale of a `locales` argument in its usual writing; undefined for the default one. */
exports.canonical = (locales) => {
  if (locales === undefined) return undefined;
  if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
  const wanted = typeof locales === 'string' ? [locales] : Array.from(Object(locales));
  return wanted.map(tag)[0];
};

/** An `options` argument as an object; `said` of null. */
exports.optionsOf = (options, said) => {
  if (options === null) throw new TypeError(said);
  return options === undefined ? {} : Object(options);
};

/** An option that takes one of several words. */
exports.option = (options, name, words, method) => {
  if (options[name] === undefined) return undefined;
  const value = `${options[name]}`;
  if (!words.includes(value)) throw new RangeError(`Value ${value} out of range for ${method} options property ${name}`);
  return value;
};
