/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const mysql = require('mysql');
  const { promisify } = require('util');

  const prefix = configuration.USER_ID_PREFIX || '';
  const last = after ? String(after).slice(prefix.length) : '0';
  const sql = 'SELECT id, email, email_verified, username FROM users WHERE id > ? ORDER BY id LIMIT ?';

  const db = mysql.createConnection(connection());
  const query = promisify(db.query).bind(db);
  const end = () => new Promise((resolve) => db.end(resolve)); // Says goodbye; a connection that is lost is closed already.
  let rows;
  try {
    rows = await query(sql, [last, Number(limit)]);
  } catch (error) {
    return callback(error);
  } finally {
    await end();
  }
  callback(null, rows.map((row) => ({
    user_id: prefix + row.id,
    email: row.email,
    email_verified: Boolean(row.email_verified),
    username: row.username || undefined
  })));

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
