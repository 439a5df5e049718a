/** Says whether a user exists, without a password. Used before sign-up, for password reset and for e-mail changes. */
function getUser(identifier, callback) {
  const sqlite3 = require('sqlite3');

  const sql = `
    SELECT id, email, email_verified, username, given_name, family_name, name, nickname
    FROM users
    WHERE email = ? COLLATE NOCASE OR username = ? COLLATE NOCASE`;

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READONLY, (openError) => {
    if (openError) return callback(openError);
    db.get(sql, [identifier, identifier], (queryError, user) => {
      db.close(() => {
        if (queryError) return callback(queryError);
        if (!user) return callback(null);
        callback(null, profileOf(user));
      });
    });
  });

  // Keep this in step with login.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: row.email,
      email_verified: row.email_verified === 1
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (row[field]) profile[field] = row[field];
    }
    return profile;
  }
}
