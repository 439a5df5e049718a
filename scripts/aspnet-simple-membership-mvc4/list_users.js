/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const { Connection, Request, TYPES } = require('tedious');

  const prefix = configuration.USER_ID_PREFIX || '';
  const last = after ? Number(String(after).slice(prefix.length)) : 0;
  const sql = `
    SELECT TOP (@limit) u.UserId AS id, u.UserName AS email, m.IsConfirmed AS confirmed
    FROM webpages_Membership m
    JOIN UserProfile u ON u.UserId = m.UserId
    WHERE u.UserId > @last
    ORDER BY u.UserId`;
  let rows;
  let connection;
  try {
    connection = await open();
    rows = (await query(connection, sql, { limit: Number(limit), last })).rows;
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  callback(null, rows.map((row) => ({
    user_id: prefix + row.id,
    email: row.email.toLowerCase(),
    email_verified: Boolean(row.confirmed)
  })));

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
