/** Checks a password against the legacy store. Passwords are bcrypt hashes ($2a$, $2b$, $2y$). */
async function login(identifier, password, callback) {
  const bcrypt = require('bcrypt');
  const mysql = require('mysql');
  const { promisify } = require('util');

  const sql = `
    SELECT id, email, email_verified, username, given_name, family_name, name, nickname, password
    FROM users
    WHERE LOWER(email) = LOWER(?) OR LOWER(username) = LOWER(?)`;

  const db = mysql.createConnection(connection());
  const query = promisify(db.query).bind(db);
  const end = () => new Promise((resolve) => db.end(resolve)); // Says goodbye; a connection that is lost is closed already.
  let user;
  let matches = false;
  try {
    [user] = await query(sql, [identifier, identifier]);
    if (user) matches = await bcrypt.compare(password, user.password.replace(/^\$2y\$/, '$2b$'));
  } catch (error) {
    return callback(error);
  } finally {
    await end();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
  callback(null, profileOf(user));

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: row.email,
      email_verified: Boolean(row.email_verified) // TINYINT(1) comes as a number
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (row[field]) profile[field] = row[field];
    }
    return profile;
  }

  // Certificates are checked; an authority of your own goes into MYSQL_CA (PEM). mysql knows no caching_sha2_password:
  // for such an account use mysql2, which is called in the same way.
  function connection() {
    return {
      host: configuration.MYSQL_HOST,
      port: configuration.MYSQL_PORT,
      database: configuration.MYSQL_DATABASE,
      user: configuration.MYSQL_USER,
      password: configuration.MYSQL_PASSWORD,
      ssl: configuration.MYSQL_CA ? { ca: configuration.MYSQL_CA } : configuration.MYSQL_TLS === 'on' ? {} : undefined,
      charset: 'utf8mb4',
      supportBigNumbers: true, // an id beyond 2^53 comes as text, not rounded
      connectTimeout: 5000
    };
  }
}
