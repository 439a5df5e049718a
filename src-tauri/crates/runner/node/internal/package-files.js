// Inner files of packages that the whole does not export; rows of the table take them from here by `part`.
'use strict';
module.exports = {
  get mysql() {
    require('mysql');
    return host.mysqlFiles;
  },
  // pg's own Pool is a class over it.
  get pgPool() { return Object.getPrototypeOf(require('pg').Pool); },
};
