/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const { Client } = require('pg');

  const prefix = configuration.USER_ID_PREFIX || '';
  const last = after ? String(after).slice(prefix.length) : '0';
  const sql = 'SELECT id, email, email_verified, username FROM users WHERE id > $1 ORDER BY id LIMIT $2';

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  let rows;
  try {
    await client.connect();
    rows = (await client.query(sql, [last, limit])).rows;
  } catch (error) {
    return callback(error);
  } finally {
    await client.end();
  }
  callback(null, rows.map((row) => ({
    user_id: prefix + row.id,
    email: row.email,
    email_verified: row.email_verified,
    username: row.username || undefined
  })));

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
