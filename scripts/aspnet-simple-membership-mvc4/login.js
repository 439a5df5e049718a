/**
 * Checks a password against ASP.NET SimpleMembership (MVC4): tables UserProfile and webpages_Membership, where the
 * username is the e-mail address. Passwords are PBKDF2-HMAC-SHA1; IsConfirmed stands for a verified e-mail.
 */
async function login(identifier, password, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');
  const { promisify } = require('util');

  const sql = `
    SELECT TOP (1) u.UserId AS id, u.UserName AS email, m.IsConfirmed AS confirmed, m.Password AS password
    FROM webpages_Membership m
    JOIN UserProfile u ON u.UserId = m.UserId
    WHERE LOWER(u.UserName) = LOWER(@identifier)`;
  let user;
  let matches = false;
  let connection;
  try {
    connection = await open();
    user = (await query(connection, sql, { identifier })).rows[0];
    if (user) matches = await check(Buffer.from(user.password, 'base64'));
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
  callback(null, profileOf(user));

  // 49 bytes: a zero, 16 bytes of salt, 32 bytes of PBKDF2-HMAC-SHA1 with 1000 rounds.
  async function check(stored) {
    if (stored.length !== 49 || stored[0] !== 0) {
      throw new Error('The legacy store holds a password in a format this script does not know.');
    }
    const actual = await promisify(crypto.pbkdf2)(password, stored.subarray(1, 17), 1000, 32, 'sha1');
    return crypto.timingSafeEqual(actual, stored.subarray(17));
  }

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const email = row.email.toLowerCase();
    return { user_id: (configuration.USER_ID_PREFIX || '') + row.id, email, email_verified: Boolean(row.confirmed) };
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
