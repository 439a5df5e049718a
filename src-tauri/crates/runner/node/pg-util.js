// What pg uses of `util` and `util/types`, without loading them: its deprecation notices go to a standard error that scripts
// do not have.
'use strict';
exports.deprecate = (fn) => fn;
exports.isDate = (value) => {
  try {
    Date.prototype.getTime.call(value);
    return true;
  } catch {
    return false;
  }
};
