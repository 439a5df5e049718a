// moment/locale/NAME: each locale by its name; undefined where moment has none. As in Node, asking for the file sets the locale.
'use strict';
module.exports = new Proxy({}, {
  get(_, name) {
    try {
      return require('internal/moment-locales')(name);
    } catch (error) {
      if (/^Module not found in bundle/.test(error.message)) return undefined;
      throw error;
    }
  },
});
