/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
function listUsers(after, limit, callback) {
  const sqlite3 = require('sqlite3');

  const prefix = configuration.USER_ID_PREFIX || '';
  const last = after ? parseInt(String(after).slice(prefix.length), 10) : 0;
  const sql = 'SELECT id, email, email_verified, username FROM users WHERE id > ? ORDER BY id LIMIT ?';

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READONLY, (openError) => {
    if (openError) return callback(openError);
    db.all(sql, [last, limit], (queryError, rows) => {
      db.close(() => {
        if (queryError) return callback(queryError);
        callback(null, rows.map((row) => ({
          user_id: prefix + row.id,
          email: row.email,
          email_verified: row.email_verified === 1,
          username: row.username || undefined
        })));
      });
    });
  });
}
