// util.parseArgs: options and positional arguments of a command line.
'use strict';
const { nodeError, invalidArgType, invalidArgValue, checkString, received } = require('internal/errors');

const fault = (code, message) => nodeError(TypeError, `ERR_PARSE_ARGS_${code}`, message);
const isObject = (value) => value !== null && typeof value === 'object';
const own = (object, key) => (isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined);
const longByShort = (letter, options) => Object.entries(options).find(([, option]) => own(option, 'short') === letter)?.[0] ?? letter;
const looksLikeValue = (text) => text !== undefined && (text === '-' || !text.startsWith('-'));

function checkFlag(value, name) {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

function checkTypeOf(value, name, type, multiple) {
  const check = type === 'boolean' ? checkFlag : checkString;
  if (!multiple) {
    check(value, name);
    return;
  }
  if (!Array.isArray(value)) throw invalidArgType(name, 'Array', value);
  value.forEach((one, at) => check(one, `${name}[${at}]`));
}

function checkConfig({ args, strict, allowPositionals, tokens, allowNegative, options }) {
  if (!Array.isArray(args)) throw invalidArgType('args', 'Array', args);
  checkFlag(strict, 'strict');
  checkFlag(allowPositionals, 'allowPositionals');
  checkFlag(tokens, 'tokens');
  checkFlag(allowNegative, 'allowNegative');
  if (!isObject(options) || Array.isArray(options)) throw invalidArgType('options', 'object', options);
  for (const [name, option] of Object.entries(options)) {
    if (!isObject(option) || Array.isArray(option)) throw invalidArgType(`options.${name}`, 'object', option);
    const { type, short, multiple } = option;
    if (type !== 'string' && type !== 'boolean') throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "options.${name}.type" property must be ('string|boolean').${received(type)}`);
    if (Object.hasOwn(option, 'short')) {
      checkString(short, `options.${name}.short`);
      if (short.length !== 1) throw invalidArgValue(`options.${name}.short`, short, 'must be a single character');
    }
    if (Object.hasOwn(option, 'multiple')) checkFlag(multiple, `options.${name}.multiple`);
    if (option.default !== undefined) checkTypeOf(option.default, `options.${name}.default`, type, multiple);
  }
}

/** What the arguments are, one token each, not yet judged. */
function tokenize(args, options) {
  const tokens = [];
  const waiting = [...args];
  let index = -1;
  // How many of the next arguments are letters of one group, which share its index.
  let grouped = 0;
  const typeOf = (name) => own(own(options, name), 'type');
  while (waiting.length > 0) {
    const arg = waiting.shift();
    if (grouped > 0) grouped -= 1;
    else index += 1;
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const value of waiting) tokens.push({ kind: 'positional', index: ++index, value });
      break;
    }
    if (/^-[^-]$/.test(arg)) {
      const name = longByShort(arg[1], options);
      let value;
      let inlineValue;
      if (typeOf(name) === 'string' && waiting.length > 0 && waiting[0] !== undefined) {
        value = waiting.shift();
        inlineValue = false;
      }
      tokens.push({ kind: 'option', name, rawName: arg, index, value, inlineValue });
      if (value !== undefined) index += 1;
    } else if (/^-[^-]./.test(arg) && typeOf(longByShort(arg[1], options)) !== 'string') {
      // A group of letters; the last that takes a value has the rest.
      const parts = [];
      for (let at = 1; at < arg.length; at += 1) {
        if (typeOf(longByShort(arg[at], options)) === 'string' && at !== arg.length - 1) {
          parts.push(`-${arg.slice(at)}`);
          break;
        }
        parts.push(`-${arg[at]}`);
      }
      waiting.unshift(...parts);
      grouped = parts.length;
    } else if (/^-[^-]./.test(arg)) {
      const name = longByShort(arg[1], options);
      tokens.push({ kind: 'option', name, rawName: `-${arg[1]}`, index, value: arg.slice(2), inlineValue: true });
    } else if (/^--[^=]+$/.test(arg)) {
      const name = arg.slice(2);
      let value;
      let inlineValue;
      if (typeOf(name) === 'string' && waiting.length > 0 && waiting[0] !== undefined) {
        value = waiting.shift();
        inlineValue = false;
      }
      tokens.push({ kind: 'option', name, rawName: arg, index, value, inlineValue });
      if (value !== undefined) index += 1;
    } else if (/^--[^=]+=/.test(arg)) {
      const at = arg.indexOf('=');
      tokens.push({ kind: 'option', name: arg.slice(2, at), rawName: arg.slice(0, at), index, value: arg.slice(at + 1), inlineValue: true });
    } else {
      tokens.push({ kind: 'positional', index, value: arg });
    }
  }
  return tokens;
}

function checkOption(token, { options, strict, allowPositionals, allowNegative }) {
  const { name, rawName, value, inlineValue } = token;
  if (!strict) return;
  const negated = allowNegative && name.startsWith('no-') ? name.slice(3) : undefined;
  const known = negated !== undefined && own(own(options, negated), 'type') === 'boolean' ? negated : name;
  if (!Object.hasOwn(options, known)) {
    const hint = allowPositionals ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- ${JSON.stringify(rawName)}` : '';
    throw fault('UNKNOWN_OPTION', `Unknown option '${rawName}'${hint}`);
  }
  const { type, short } = options[known];
  const shown = `${short ? `-${short}, ` : ''}--${known}`;
  if (type === 'string' && typeof value !== 'string') throw fault('INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
  if (type === 'boolean' && value != null) throw fault('INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
  if (type === 'string' && inlineValue === false && !looksLikeValue(value)) {
    const example = rawName.startsWith('--') ? `'${rawName}=-XYZ'` : `'--${name}=-XYZ' or '${rawName}-XYZ'`;
    throw fault('INVALID_OPTION_VALUE', `Option '${rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${rawName}'?\nTo specify an option argument starting with a dash use ${example}.`);
  }
}

function store({ name, value }, { options, allowNegative }, values) {
  let key = name;
  let kept = value ?? true;
  if (allowNegative && value === undefined && name.startsWith('no-') && own(own(options, name), 'type') === undefined) {
    key = name.slice(3);
    kept = false;
  }
  if (key === '__proto__') return;
  if (own(own(options, key), 'multiple')) (values[key] ??= []).push(kept);
  else values[key] = kept;
}

function parseArgs(config = {}) {
  const given = { args: config.args ?? process.argv?.slice(2) ?? [], strict: config.strict ?? true, options: config.options ?? {}, tokens: config.tokens ?? false, allowNegative: config.allowNegative ?? false };
  given.allowPositionals = config.allowPositionals ?? !given.strict;
  checkConfig(given);
  const tokens = tokenize(given.args, given.options);
  const values = Object.create(null);
  const positionals = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      checkOption(token, given);
      store(token, given, values);
    } else if (token.kind === 'positional') {
      if (!given.allowPositionals) throw fault('UNEXPECTED_POSITIONAL', `Unexpected argument '${token.value}'. This command does not take positional arguments`);
      positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(given.options)) {
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default;
  }
  return given.tokens ? { values, positionals, tokens } : { values, positionals };
}

module.exports = { parseArgs };
