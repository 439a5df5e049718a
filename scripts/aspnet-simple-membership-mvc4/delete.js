/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const { Connection, Request, TYPES } = require('tedious');

  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || !/^[0-9]{1,9}$/.test(key.slice(prefix.length))) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }
  const statements = [
    'DELETE FROM webpages_UsersInRoles WHERE UserId = @id',
    'DELETE FROM webpages_OAuthMembership WHERE UserId = @id',
    'DELETE FROM webpages_Membership WHERE UserId = @id',
    'DELETE FROM UserProfile WHERE UserId = @id'
  ];

  let connection;
  try {
    connection = await open();
    await begin(connection);
    for (const sql of statements) await query(connection, sql, { id: Number(key.slice(prefix.length)) });
    await commit(connection);
  } catch (error) {
    return callback(error);
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

  // Both statements or none: a connection that closes without a commit undoes what it wrote.
  function begin(connection) {
    return new Promise((resolve, reject) => connection.beginTransaction((error) => (error ? reject(error) : resolve())));
  }

  function commit(connection) {
    return new Promise((resolve, reject) => connection.commitTransaction((error) => (error ? reject(error) : resolve())));
  }
}
