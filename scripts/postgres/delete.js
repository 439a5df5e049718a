/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const { Client } = require('pg');

  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || !/^[0-9]{1,18}$/.test(key.slice(prefix.length))) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  try {
    await client.connect();
    await client.query('DELETE FROM users WHERE id = $1', [key.slice(prefix.length)]);
  } catch (error) {
    return callback(error);
  } finally {
    await client.end();
  }
  callback(null);

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
