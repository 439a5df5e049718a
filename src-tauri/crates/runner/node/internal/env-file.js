// util.parseEnv: the text of an .env file.
'use strict';
const { checkString } = require('internal/errors');

const LINE = /^[ \t]*(?:export[ \t]+)?([^\s=#][^=\r\n]*?)[ \t]*=[ \t]*(?:"((?:[^"])*)"|'([^']*)'|`([^`]*)`|([^\r\n]*))[^\r\n]*$/gm;

/** Name → value; quoted values may go over several lines, and in double quotes `\n` is a line's end. */
function parseEnv(content) {
  checkString(content, 'content');
  const values = {};
  for (const [, name, double, single, back, plain] of content.matchAll(LINE)) {
    values[name] = double?.replace(/\\n/g, '\n') ?? single ?? back ?? plain.replace(/#.*$/, '').trim();
  }
  return values;
}

module.exports = { parseEnv };
