/** Says whether a user exists, without a password. Used before sign-up, for password reset and for e-mail changes. */
async function getUser(identifier, callback) {
  const { Connection, Request, TYPES } = require('tedious');

  const application = configuration.MEMBERSHIP_APPLICATION || '/';
  const sql = `
    SELECT TOP (1) m.UserId AS id, m.Email AS email, u.UserName AS username, m.IsApproved AS approved
    FROM Memberships m
    JOIN Users u ON u.UserId = m.UserId
    JOIN Applications a ON a.ApplicationId = m.ApplicationId
    WHERE a.ApplicationName = @application
      AND (LOWER(m.Email) = LOWER(@identifier) OR LOWER(u.UserName) = LOWER(@identifier))
    ORDER BY CASE WHEN LOWER(m.Email) = LOWER(@identifier) THEN 0 ELSE 1 END, m.UserId`;
  let user;
  let connection;
  try {
    connection = await open();
    user = (await query(connection, sql, { application, identifier })).rows[0];
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  callback(null, user ? profileOf(user) : null);

  // Keep this in step with login.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id.toLowerCase(),
      email: (row.email || row.username).toLowerCase(),
      email_verified: Boolean(row.approved)
    };
    if (!row.username.includes('@')) profile.username = row.username;
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
