/** Adds a user. Only the fields the legacy store has are taken; the password is stored as bcrypt. */
async function create(user, callback) {
  const bcrypt = require('bcrypt');
  const { Connection, Request, TYPES } = require('tedious');

  const sql = `
    INSERT INTO dbo.users (email, username, given_name, family_name, name, nickname, password)
    VALUES (@email, @username, @given_name, @family_name, @name, @nickname, @password)`;

  let connection;
  try {
    const hash = await bcrypt.hash(user.password, 10);
    connection = await open();
    await query(connection, sql, {
      email: user.email.toLowerCase(),
      username: user.username || null,
      given_name: user.given_name || null,
      family_name: user.family_name || null,
      name: user.name || null,
      nickname: user.nickname || null,
      password: hash
    });
  } catch (error) {
    // 2601 and 2627: unique index and unique constraint
    if (error.number !== 2601 && error.number !== 2627) return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  } finally {
    if (connection) connection.close();
  }
  callback(null);

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
