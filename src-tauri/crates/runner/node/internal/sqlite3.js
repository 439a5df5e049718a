// `sqlite3`'s two classes, as one piece: both are loaded at the first use.
'use strict';
const { Database } = require('./sqlite3-database.cjs');
const { Statement } = require('./sqlite3-statement.cjs');

module.exports = { Database, Statement };
