/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
function deleteUser(id, callback) {
  const sqlite3 = require('sqlite3');

  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || !/^[0-9]+$/.test(key.slice(prefix.length))) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READWRITE, (openError) => {
    if (openError) return callback(openError);
    db.run('DELETE FROM users WHERE id = ?', [key.slice(prefix.length)], (deleteError) => {
      db.close(() => callback(deleteError));
    });
  });
}
