/**
 * Checks a password against the legacy store, SQL Server or Azure SQL. Passwords are bcrypt hashes ($2a$, $2b$, $2y$).
 * A column whose collation ignores case needs no LOWER, and is found by its index then.
 */
async function login(identifier, password, callback) {
  const bcrypt = require('bcrypt');
  const { Connection, Request, TYPES } = require('tedious');

  const sql = `
    SELECT TOP (1) id, email, email_verified, username, given_name, family_name, name, nickname, password
    FROM dbo.users
    WHERE LOWER(email) = LOWER(@identifier) OR LOWER(username) = LOWER(@identifier)
    ORDER BY CASE WHEN LOWER(email) = LOWER(@identifier) THEN 0 ELSE 1 END`;

  let user;
  let matches = false;
  let connection;
  try {
    connection = await open();
    user = (await query(connection, sql, { identifier })).rows[0];
    if (user) matches = await bcrypt.compare(password, user.password.replace(/^\$2y\$/, '$2b$'));
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
  callback(null, profileOf(user));

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: row.email.toLowerCase(),
      email_verified: Boolean(row.email_verified)
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (row[field]) profile[field] = row[field];
    }
    return profile;
  }

  // Certificates are checked; an authority of your own goes into SQLSERVER_CA (PEM). Azure SQL: the host is
  // NAME.database.windows.net and SQLSERVER_ENCRYPT stays on. SQLSERVER_ENCRYPT=off is for a server without TLS.
  function open() {
    return new Promise((resolve, reject) => {
      const connection = new Connection({
        server: configuration.SQLSERVER_HOST,
        authentication: {
          type: 'default',
          options: { userName: configuration.SQLSERVER_USER, password: configuration.SQLSERVER_PASSWORD }
        },
        options: {
          port: Number(configuration.SQLSERVER_PORT || 1433),
          database: configuration.SQLSERVER_DATABASE,
          encrypt: configuration.SQLSERVER_ENCRYPT !== 'off',
          trustServerCertificate: false,
          cryptoCredentialsDetails: configuration.SQLSERVER_CA ? { ca: configuration.SQLSERVER_CA } : {},
          connectTimeout: 5000,
          requestTimeout: 10000
        }
      });
      connection.on('error', () => {}); // A lost connection also fails the statement that runs.
      connection.on('connect', (error) => {
        if (!error) return resolve(connection);
        connection.close();
        reject(error);
      });
      connection.connect();
    });
  }

  // Values travel as parameters: text as NVarChar, whole numbers as Int, true and false as Bit.
  function query(connection, sql, values) {
    return new Promise((resolve, reject) => {
      const rows = [];
      const request = new Request(sql, (error, rowCount) => (error ? reject(error) : resolve({ rows, rowCount })));
      request.on('row', (columns) => {
        rows.push(Object.fromEntries(columns.map((column) => [column.metadata.colName, column.value])));
      });
      for (const [name, value] of Object.entries(values)) {
        const type = { number: TYPES.Int, boolean: TYPES.Bit }[typeof value] || TYPES.NVarChar;
        request.addParameter(name, type, value);
      }
      connection.execSql(request);
    });
  }
}
