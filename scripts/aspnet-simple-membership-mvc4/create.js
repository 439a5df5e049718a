/**
 * Adds a user to both tables, not confirmed yet: Verify confirms. The password is stored as the old application reads it.
 */
async function create(user, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');
  const { promisify } = require('util');

  // The locks keep a second sign-up with the same address waiting until this one is through.
  const addProfile = `
    INSERT INTO UserProfile (UserName)
    OUTPUT INSERTED.UserId AS id
    SELECT @email
    WHERE NOT EXISTS (SELECT 1 FROM UserProfile WITH (UPDLOCK, HOLDLOCK) WHERE LOWER(UserName) = LOWER(@email))`;
  const addMembership = `
    INSERT INTO webpages_Membership (UserId, CreateDate, IsConfirmed, PasswordFailuresSinceLastSuccess, Password,
      PasswordChangedDate, PasswordSalt)
    VALUES (@id, GETUTCDATE(), 0, 0, @password, GETUTCDATE(), '')`;
  let added;
  let connection;
  try {
    const password = await hashOf(user.password);
    connection = await open();
    await begin(connection);
    added = (await query(connection, addProfile, { email: user.email.toLowerCase() })).rows[0];
    if (added) await query(connection, addMembership, { id: added.id, password });
    await commit(connection);
  } catch (error) {
    // 2601 and 2627: unique index and unique constraint
    if (error.number !== 2601 && error.number !== 2627) return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  } finally {
    if (connection) connection.close();
  }
  if (!added) return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  callback(null);

  // 49 bytes in base64: a zero, 16 bytes of salt, 32 bytes of PBKDF2-HMAC-SHA1 with 1000 rounds. Weak by today's
  // measure, but what the old application reads.
  async function hashOf(text) {
    const salt = crypto.randomBytes(16);
    const key = await promisify(crypto.pbkdf2)(text, salt, 1000, 32, 'sha1');
    return Buffer.concat([Buffer.alloc(1), salt, key]).toString('base64');
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

  // Both statements or none: a connection that closes without a commit undoes what it wrote.
  function begin(connection) {
    return new Promise((resolve, reject) => connection.beginTransaction((error) => (error ? reject(error) : resolve())));
  }

  function commit(connection) {
    return new Promise((resolve, reject) => connection.commitTransaction((error) => (error ? reject(error) : resolve())));
  }
}
