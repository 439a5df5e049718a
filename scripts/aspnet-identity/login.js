/**
 * Checks a password against ASP.NET Core Identity or ASP.NET Identity 2 (configuration.IDENTITY_VERSION), table
 * AspNetUsers. Password hashes of version 2 and version 3 are told apart by their first byte.
 */
async function login(identifier, password, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');
  const { promisify } = require('util');

  const core = configuration.IDENTITY_VERSION !== '2'; // '2': ASP.NET Identity 2; anything else: ASP.NET Core Identity
  const sql = core
    ? `
    SELECT TOP (1) Id AS id, Email AS email, UserName AS username, EmailConfirmed AS confirmed, PasswordHash AS password,
      LockoutEnabled AS lockable, LockoutEnd AS locked_until
    FROM AspNetUsers
    WHERE LOWER(Email) = LOWER(@identifier) OR LOWER(UserName) = LOWER(@identifier)
    ORDER BY CASE WHEN LOWER(Email) = LOWER(@identifier) THEN 0 ELSE 1 END, Id`
    : `
    SELECT TOP (1) Id AS id, Email AS email, UserName AS username, EmailConfirmed AS confirmed, PasswordHash AS password,
      LockoutEnabled AS lockable, LockoutEndDateUtc AS locked_until
    FROM AspNetUsers
    WHERE LOWER(Email) = LOWER(@identifier) OR LOWER(UserName) = LOWER(@identifier)
    ORDER BY CASE WHEN LOWER(Email) = LOWER(@identifier) THEN 0 ELSE 1 END, Id`;
  let user;
  let matches = false;
  let connection;
  try {
    connection = await open();
    user = (await query(connection, sql, { identifier })).rows[0];
    // Who logs in at another provider only has no password.
    if (user && user.password) matches = await check(Buffer.from(user.password, 'base64'));
  } catch (error) {
    return callback(error);
  } finally {
    if (connection) connection.close();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email || user.username, 'Wrong e-mail or password.'));
  if (user.lockable && user.locked_until && new Date(user.locked_until) > new Date()) {
    return callback(new UnauthorizedError('This account is locked.'));
  }
  callback(null, profileOf(user));

  async function check(stored) {
    const { salt, key, rounds, digest } = parts(stored);
    const actual = await promisify(crypto.pbkdf2)(password, salt, rounds, key.length, digest);
    return crypto.timingSafeEqual(actual, key);
  }

  // Version 2: a zero, 16 bytes of salt, 32 bytes of key; PBKDF2-HMAC-SHA1 with 1000 rounds. Version 3: a one, then as
  // 32-bit big-endian numbers the hash function, the rounds and the salt's length, then salt and key.
  function parts(stored) {
    if (stored[0] === 0 && stored.length === 49) {
      return { salt: stored.subarray(1, 17), key: stored.subarray(17), rounds: 1000, digest: 'sha1' };
    }
    const digest = stored[0] === 1 && stored.length > 13 && ['sha1', 'sha256', 'sha512'][stored.readUInt32BE(1)];
    const saltEnd = digest ? 13 + stored.readUInt32BE(9) : Infinity;
    if (stored.length - saltEnd < 16) {
      throw new Error('The legacy store holds a password in a format this script does not know.');
    }
    return { salt: stored.subarray(13, saltEnd), key: stored.subarray(saltEnd), rounds: stored.readUInt32BE(5), digest };
  }

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: (row.email || row.username).toLowerCase(),
      email_verified: Boolean(row.confirmed)
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
