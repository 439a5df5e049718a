/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const mysql = require('mysql');
  const { promisify } = require('util');

  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || !/^[0-9]{1,18}$/.test(key.slice(prefix.length))) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }

  const db = mysql.createConnection(connection());
  const query = promisify(db.query).bind(db);
  const end = () => new Promise((resolve) => db.end(resolve)); // Says goodbye; a connection that is lost is closed already.
  try {
    await query('DELETE FROM users WHERE id = ?', [key.slice(prefix.length)]);
  } catch (error) {
    return callback(error);
  } finally {
    await end();
  }
  callback(null);

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
