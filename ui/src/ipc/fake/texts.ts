// Script texts of the in-memory sample.
import type { Action } from "../bindings";

const login = `function login(identifier, password, callback) {
  const sqlite3 = require('sqlite3');
  const bcrypt = require('bcrypt');
  const db = new sqlite3.Database(configuration.LEGACY_FILE);

  const query = 'SELECT id, email, name, password_hash, verified FROM users WHERE email = ?';
  db.get(query, [identifier.toLowerCase()], function (err, row) {
    db.close();
    if (err) return callback(err);
    if (!row) return callback(new WrongUsernameOrPasswordError(null, 'no such user'));

    bcrypt.compare(password, row.password_hash, function (err, same) {
      if (err) return callback(err);
      if (!same) return callback(new WrongUsernameOrPasswordError(row.id, 'wrong password'));

      callback(null, {
        user_id: String(row.id),
        email: row.email,
        email_verified: row.verified === 1,
        name: row.name,
        app_metadata: { legacy_source: 'customers' }
      });
    });
  });
}
`;

const getUser = `function getUser(identifier, callback) {
  const sqlite3 = require('sqlite3');
  const db = new sqlite3.Database(configuration.LEGACY_FILE);

  db.get('SELECT id, email, name, verified FROM users WHERE email = ?', [identifier.toLowerCase()], function (err, row) {
    db.close();
    if (err) return callback(err);
    if (!row) return callback(null);
    callback(null, {
      user_id: String(row.id),
      email: row.email,
      email_verified: row.verified === 1,
      name: row.name
    });
  });
}
`;

const write = (name: string, parameters: string, sql: string, values: string, answer: string) => `function ${name}(${parameters}, callback) {
  const sqlite3 = require('sqlite3');
  const db = new sqlite3.Database(configuration.LEGACY_FILE);

  db.run('${sql}', [${values}], function (err) {
    db.close();
    if (err) return callback(err);
    callback(${answer});
  });
}
`;

/** What each action's script says at first. */
export const texts: Partial<Record<Action, string>> = {
  login,
  get_user: getUser,
  create: write("create", "user", "INSERT INTO users (email, password_hash) VALUES (?, ?)", "user.email, hash(user.password)", "null"),
  verify: write("verify", "email", "UPDATE users SET verified = 1 WHERE email = ?", "email", "null, this.changes > 0"),
  change_password: write(
    "changePassword", "email, newPassword", "UPDATE users SET password_hash = ? WHERE email = ?", "hash(newPassword), email",
    "null, this.changes > 0",
  ),
  delete: write("deleteUser", "id", "DELETE FROM users WHERE id = ?", "id", "null"),
  change_email: write(
    "changeEmail", "email, newEmail, verified", "UPDATE users SET email = ?, verified = ? WHERE email = ?",
    "newEmail, verified ? 1 : 0, email", "null, this.changes > 0",
  ),
};

/** A login script with the two faults people make most: a number as user_id, and text put into SQL. */
export const pgLogin = `function login(email, password, callback) {
  const bcrypt = require('bcrypt');
  const { Client } = require('pg');
  const client = new Client({ connectionString: configuration.PG_URL });

  client.connect(function (err) {
    if (err) return callback(err);
    const query = 'SELECT id, email, password FROM users WHERE email = $1';
    client.query(query, [email], function (err, result) {
      client.end();
      if (err) return callback(err);
      if (result.rows.length === 0) return callback(new WrongUsernameOrPasswordError());
      bcrypt.compare(password, result.rows[0].password, function (err, ok) {
        if (err || !ok) return callback(err || new WrongUsernameOrPasswordError(email));
        callback(null, {
          user_id: result.rows[0].id,
          email: result.rows[0].email,
          email_verified: true
        });
      });
    });
  });
}
`;
