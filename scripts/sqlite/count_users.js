/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
function countUsers(callback) {
  const sqlite3 = require('sqlite3');

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READONLY, (openError) => {
    if (openError) return callback(openError);
    db.get('SELECT count(*) AS total FROM users', (queryError, row) => {
      db.close(() => {
        if (queryError) return callback(queryError);
        callback(null, row.total);
      });
    });
  });
}
