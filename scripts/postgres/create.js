/** Adds a user. Only the fields the legacy store has are taken; the password is stored as bcrypt. */
async function create(user, callback) {
  const bcrypt = require('bcrypt');
  const { Client } = require('pg');

  const sql = `
    INSERT INTO users (email, username, given_name, family_name, name, nickname, password)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`;

  const client = new Client(connection());
  client.on('error', () => {}); // A lost connection also fails the statement below.
  try {
    const hash = await bcrypt.hash(user.password, 10);
    await client.connect();
    await client.query(sql, [
      user.email.toLowerCase(),
      user.username || null,
      user.given_name || null,
      user.family_name || null,
      user.name || null,
      user.nickname || null,
      hash
    ]);
  } catch (error) {
    // 23505: unique violation
    if (error.code !== '23505') return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
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
