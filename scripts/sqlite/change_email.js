/** Gives a user another e-mail address. Answers false when there is no such user. */
function changeEmail(email, newEmail, verified, callback) {
  const sqlite3 = require('sqlite3');

  const sql = `
    UPDATE users SET email = ?, email_verified = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
    WHERE email = ? COLLATE NOCASE`;

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READWRITE, (openError) => {
    if (openError) return callback(openError);
    db.run(sql, [newEmail.toLowerCase(), verified ? 1 : 0, email], function (updateError) {
      const changed = this.changes;
      db.close(() => {
        if (updateError && /UNIQUE constraint failed/.test(updateError.message)) {
          return callback(new ValidationError('user_exists', 'The new e-mail address belongs to another user.'));
        }
        if (updateError) return callback(updateError);
        callback(null, changed > 0);
      });
    });
  });
}
