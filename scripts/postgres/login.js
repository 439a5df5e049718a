/** Checks a password against the legacy store. Passwords are bcrypt hashes ($2a$, $2b$, $2y$). */
async function login(identifier, password, callback) {
  const bcrypt = require('bcrypt');
  const { Client } = require('pg');

  const sql = `
    SELECT id, email, email_verified, username, given_name, family_name, name, nickname, password
    FROM users
    WHERE lower(email) = lower($1) OR lower(username) = lower($1)`;

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  let user;
  let matches = false;
  try {
    await client.connect();
    const result = await client.query(sql, [identifier]);
    user = result.rows[0];
    if (user) matches = await bcrypt.compare(password, user.password.replace(/^\$2y\$/, '$2b$'));
  } catch (error) {
    return callback(error);
  } finally {
    await client.end();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
  callback(null, profileOf(user));

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: row.email,
      email_verified: row.email_verified
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (row[field]) profile[field] = row[field];
    }
    return profile;
  }

  // PG_URL, or the single values. Certificates are checked; an authority of your own goes into PG_CA (PEM).
  function connection() {
    return {
      connectionString: configuration.PG_URL,
      host: configuration.PG_HOST,
      port: configuration.PG_PORT,
      database: configuration.PG_DATABASE,
      user: configuration.PG_USER,
      password: configuration.PG_PASSWORD,
      ssl: configuration.PG_CA ? { ca: configuration.PG_CA } : configuration.PG_TLS === 'on',
      connectionTimeoutMillis: 5000
    };
  }
}
