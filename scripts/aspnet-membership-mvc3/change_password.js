/** Sets a new password, stored as the old application reads it. Answers false when there is no such user. */
async function changePassword(email, newPassword, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');

  const application = configuration.MEMBERSHIP_APPLICATION || '/';
  const find = `
    SELECT TOP (1) m.UserId AS id
    FROM Memberships m
    JOIN Applications a ON a.ApplicationId = m.ApplicationId
    WHERE a.ApplicationName = @application AND LOWER(m.Email) = LOWER(@email)
    ORDER BY m.UserId`;
  const change = `
    UPDATE Memberships SET Password = @password, PasswordFormat = 1, PasswordSalt = @salt,
      LastPasswordChangedDate = GETUTCDATE()
    WHERE UserId = @id`;
  let user;
  let connection;
  try {
    const salt = crypto.randomBytes(16).toString('base64');
    const password = hashOf(newPassword, salt).toString('base64');
    connection = await open();
    user = (await query(connection, find, { application, email })).rows[0];
    if (user) await query(connection, change, { id: user.id, password, salt });
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  callback(null, Boolean(user));

  // HMAC-SHA256 over the password in UTF-16; the key is the salt, repeated until it fills 64 bytes.
  function hashOf(text, salt) {
    const key = Buffer.alloc(64, Buffer.from(salt, 'base64'));
    return crypto.createHmac('sha256', key).update(Buffer.from(text, 'utf16le')).digest();
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
