/** Adds a user. Only the fields the legacy store has are taken; the password is stored as bcrypt. */
function create(user, callback) {
  const bcrypt = require('bcrypt');
  const sqlite3 = require('sqlite3');

  const sql = `
    INSERT INTO users (email, username, given_name, family_name, name, nickname, password)
    VALUES (?, ?, ?, ?, ?, ?, ?)`;

  bcrypt.hash(user.password, 10, (hashError, hash) => {
    if (hashError) return callback(hashError);
    const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READWRITE, (openError) => {
      if (openError) return callback(openError);
      const values = [
        user.email.toLowerCase(),
        user.username || null,
        user.given_name || null,
        user.family_name || null,
        user.name || null,
        user.nickname || null,
        hash
      ];
      db.run(sql, values, (insertError) => {
        db.close(() => {
          if (insertError && /UNIQUE constraint failed/.test(insertError.message)) {
            return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
          }
          callback(insertError);
        });
      });
    });
  });
}
