// path-browserify is Node's posix half; scripts see the platform's Linux.
'use strict';
const path = require('path-browserify');
const { invalidArgType } = require('internal/errors');
path.toNamespacedPath ??= (name) => name;

// The polyfill's complaint lacks Node's code and wording.
for (const name of ['resolve', 'normalize', 'isAbsolute', 'join', 'relative', 'dirname', 'basename', 'extname', 'parse']) {
  const original = path[name];
  const several = name === 'join' || name === 'resolve';
  path[name] = { [name](...values) {
    const checked = several ? values : values.slice(0, name === 'relative' ? 2 : 1);
    if (!several && checked.length === 0) checked.push(undefined);
    checked.forEach((value, at) => {
      const label = name === 'relative' ? ['from', 'to'][at] : name === 'resolve' ? `paths[${at}]` : name === 'parse' ? 'pathString' : 'path';
      if (typeof value !== 'string') throw invalidArgType(label, 'string', value);
    });
    return original.apply(path, values);
  } }[name];
}
path.posix = path;
module.exports = path;
