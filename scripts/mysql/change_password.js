/** Sets a new password, stored as bcrypt. Answers false when there is no such user. */
async function changePassword(email, newPassword, callback) {
  const bcrypt = require('bcrypt');
  const mysql = require('mysql');
  const { promisify } = require('util');

  const db = mysql.createConnection(connection());
  const query = promisify(db.query).bind(db);
  const end = () => new Promise((resolve) => db.end(resolve)); // Says goodbye; a connection that is lost is closed already.
  let result;
  try {
    const hash = await bcrypt.hash(newPassword, 10);
    result = await query('UPDATE users SET password = ? WHERE LOWER(email) = LOWER(?)', [hash, email]);
  } catch (error) {
    return callback(error);
  } finally {
    await end();
  }
  callback(null, result.affectedRows > 0); // An UPDATE has no rows, so results.length would say nothing.

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
