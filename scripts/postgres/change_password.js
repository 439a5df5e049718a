/** Sets a new password, stored as bcrypt. Answers false when there is no such user. */
async function changePassword(email, newPassword, callback) {
  const bcrypt = require('bcrypt');
  const { Client } = require('pg');

  const sql = `
    UPDATE users SET password = $1, updated_at = now()
    WHERE lower(email) = lower($2)`;

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  let changed = false;
  try {
    const hash = await bcrypt.hash(newPassword, 10);
    await client.connect();
    const result = await client.query(sql, [hash, email]);
    changed = result.rowCount > 0;
  } catch (error) {
    return callback(error);
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
