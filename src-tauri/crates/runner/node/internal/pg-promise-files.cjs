// Files of SQL: there are none, and a QueryFile says so when it is used, as with any file it cannot read.
'use strict';

function refuse() {
  const error = new Error('QueryFile is not available here: a script has no files. Write the SQL into the script');
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  throw error;
}

module.exports = { readFileSync: refuse, readdirSync: refuse, statSync: refuse };
