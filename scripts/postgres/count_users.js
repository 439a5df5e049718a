/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
async function countUsers(callback) {
  const { Client } = require('pg');

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  let total;
  try {
    await client.connect();
    const result = await client.query('SELECT count(*) AS total FROM users');
    // count(*) is a 64-bit integer, which pg gives as text.
    total = Number(result.rows[0].total);
  } catch (error) {
    return callback(error);
  } finally {
    await client.end();
  }
  callback(null, total);

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
