/** Marks an e-mail address as verified. Answers false when there is no such user. */
function verify(email, callback) {
  const sqlite3 = require('sqlite3');

  const sql = `
    UPDATE users SET email_verified = 1, updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
    WHERE email = ? COLLATE NOCASE`;

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READWRITE, (openError) => {
    if (openError) return callback(openError);
    db.run(sql, [email], function (updateError) {
      const changed = this.changes;
      db.close(() => {
        if (updateError) return callback(updateError);
        callback(null, changed > 0);
      });
    });
  });
}
