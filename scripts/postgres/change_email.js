/** Gives a user another e-mail address. Answers false when there is no such user. */
async function changeEmail(email, newEmail, verified, callback) {
  const { Client } = require('pg');

  const sql = `
    UPDATE users SET email = $1, email_verified = $2, updated_at = now()
    WHERE lower(email) = lower($3)`;

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  let changed = false;
  try {
    await client.connect();
    const result = await client.query(sql, [newEmail.toLowerCase(), Boolean(verified), email]);
    changed = result.rowCount > 0;
  } catch (error) {
    // 23505: unique violation
    if (error.code !== '23505') return callback(error);
    return callback(new ValidationError('user_exists', 'The new e-mail address belongs to another user.'));
  } finally {
    await client.end();
  }
  callback(null, changed);

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
