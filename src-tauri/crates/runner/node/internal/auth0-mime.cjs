// Types by their short names, as superagent asks for them.
'use strict';
const defined = { json: 'application/json' };

module.exports = {
  define(types) {
    for (const [type, names] of Object.entries(types)) for (const name of names) defined[name] = type;
  },
  getType: (name) => defined[name] ?? (require('internal/mime-types').lookup(name) || null),
};
