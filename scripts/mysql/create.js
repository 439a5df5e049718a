/** Adds a user. Only the fields the legacy store has are taken; the password is stored as bcrypt. */
async function create(user, callback) {
  const bcrypt = require('bcrypt');
  const mysql = require('mysql');
  const { promisify } = require('util');

  const db = mysql.createConnection(connection());
  const query = promisify(db.query).bind(db);
  const end = () => new Promise((resolve) => db.end(resolve)); // Says goodbye; a connection that is lost is closed already.
  try {
    await query('INSERT INTO users SET ?', {
      email: user.email.toLowerCase(),
      username: user.username || null,
      given_name: user.given_name || null,
      family_name: user.family_name || null,
      name: user.name || null,
      nickname: user.nickname || null,
      password: await bcrypt.hash(user.password, 10)
    });
  } catch (error) {
    if (error.code !== 'ER_DUP_ENTRY') return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
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
