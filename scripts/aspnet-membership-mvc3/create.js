/**
 * Adds a user to both tables, not approved yet: Verify approves. The password is stored as the old application reads it.
 */
async function create(user, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');

  const application = configuration.MEMBERSHIP_APPLICATION || '/';
  const find = 'SELECT ApplicationId AS id FROM Applications WHERE ApplicationName = @application';
  // The locks keep a second sign-up with the same name or address waiting until this one is through.
  const addUser = `
    INSERT INTO Users (ApplicationId, UserId, UserName, IsAnonymous, LastActivityDate)
    SELECT @owner, @id, @username, 0, GETUTCDATE()
    WHERE NOT EXISTS (
        SELECT 1 FROM Users WITH (UPDLOCK, HOLDLOCK)
        WHERE ApplicationId = @owner AND LOWER(UserName) = LOWER(@username))
      AND NOT EXISTS (
        SELECT 1 FROM Memberships WITH (UPDLOCK, HOLDLOCK)
        WHERE ApplicationId = @owner AND LOWER(Email) = LOWER(@email))`;
  const addMembership = `
    INSERT INTO Memberships (ApplicationId, UserId, Password, PasswordFormat, PasswordSalt, Email, IsApproved, IsLockedOut,
      CreateDate, LastLoginDate, LastPasswordChangedDate, LastLockoutDate,
      FailedPasswordAttemptCount, FailedPasswordAttemptWindowStart,
      FailedPasswordAnswerAttemptCount, FailedPasswordAnswerAttemptWindowsStart)
    VALUES (@owner, @id, @password, 1, @salt, @email, 0, 0,
      GETUTCDATE(), GETUTCDATE(), GETUTCDATE(), '17540101', 0, '17540101', 0, '17540101')`;
  let added = false;
  let connection;
  try {
    const email = user.email.toLowerCase();
    const username = user.username || email;
    const id = crypto.randomUUID();
    const salt = crypto.randomBytes(16).toString('base64');
    const password = hashOf(user.password, salt).toString('base64');
    connection = await open();
    const owner = (await query(connection, find, { application })).rows[0];
    if (!owner) throw new Error('configuration.MEMBERSHIP_APPLICATION names no application of the legacy store.');
    await begin(connection);
    added = (await query(connection, addUser, { owner: owner.id, id, username, email })).rowCount > 0;
    if (added) await query(connection, addMembership, { owner: owner.id, id, password, salt, email });
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

  // Both statements or none: a connection that closes without a commit undoes what it wrote.
  function begin(connection) {
    return new Promise((resolve, reject) => connection.beginTransaction((error) => (error ? reject(error) : resolve())));
  }

  function commit(connection) {
    return new Promise((resolve, reject) => connection.commitTransaction((error) => (error ? reject(error) : resolve())));
  }
}
