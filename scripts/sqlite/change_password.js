/** Sets a new password, stored as bcrypt. Answers false when there is no such user. */
function changePassword(email, newPassword, callback) {
  const bcrypt = require('bcrypt');
  const sqlite3 = require('sqlite3');

  const sql = `
    UPDATE users SET password = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
    WHERE email = ? COLLATE NOCASE`;

  bcrypt.hash(newPassword, 10, (hashError, hash) => {
    if (hashError) return callback(hashError);
    const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READWRITE, (openError) => {
      if (openError) return callback(openError);
      db.run(sql, [hash, email], function (updateError) {
        const changed = this.changes;
        db.close(() => {
          if (updateError) return callback(updateError);
          callback(null, changed > 0);
        });
      });
    });
  });
}
