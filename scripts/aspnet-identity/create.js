/**
 * Adds a user, not confirmed yet: Verify confirms. The password is stored as the old application reads it.
 */
async function create(user, callback) {
  const crypto = require('crypto');
  const { Connection, Request, TYPES } = require('tedious');
  const { promisify } = require('util');

  const core = configuration.IDENTITY_VERSION !== '2'; // '2': ASP.NET Identity 2; anything else: ASP.NET Core Identity

  // The locks keep a second sign-up with the same name or address waiting until this one is through.
  const sql = core
    ? `
    INSERT INTO AspNetUsers (Id, UserName, NormalizedUserName, Email, NormalizedEmail, EmailConfirmed, PasswordHash,
      SecurityStamp, ConcurrencyStamp, PhoneNumberConfirmed, TwoFactorEnabled, LockoutEnabled, AccessFailedCount)
    SELECT @id, @username, UPPER(@username), @email, UPPER(@email), 0, @password, @stamp, @id, 0, 0, 1, 0
    WHERE NOT EXISTS (
      SELECT 1 FROM AspNetUsers WITH (UPDLOCK, HOLDLOCK)
      WHERE LOWER(UserName) = LOWER(@username) OR LOWER(Email) = LOWER(@email))`
    : `
    INSERT INTO AspNetUsers (Id, UserName, Email, EmailConfirmed, PasswordHash, SecurityStamp, PhoneNumberConfirmed,
      TwoFactorEnabled, LockoutEnabled, AccessFailedCount)
    SELECT @id, @username, @email, 0, @password, @stamp, 0, 0, 1, 0
    WHERE NOT EXISTS (
      SELECT 1 FROM AspNetUsers WITH (UPDLOCK, HOLDLOCK)
      WHERE LOWER(UserName) = LOWER(@username) OR LOWER(Email) = LOWER(@email))`;
  let added = false;
  let connection;
  try {
    const email = user.email.toLowerCase();
    const values = {
      id: crypto.randomUUID(),
      username: user.username || email,
      email,
      password: await hashOf(user.password),
      stamp: crypto.randomBytes(20).toString('hex').toUpperCase()
    };
    connection = await open();
    added = (await query(connection, sql, values)).rowCount > 0;
  } catch (error) {
    // 2601 and 2627: unique index and unique constraint
    if (error.number !== 2601 && error.number !== 2627) return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  } finally {
    if (connection) connection.close();
  }
  if (!added) return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  callback(null);

  // What the old application reads. Version 3 (Core): a one, then as 32-bit big-endian numbers the hash function (2 is
  // SHA-512), the rounds (IDENTITY_ROUNDS) and the salt's length, then salt and key. Version 2: a zero, salt and key; SHA-1
  // with 1000 rounds.
  async function hashOf(text) {
    const salt = crypto.randomBytes(16);
    const head = Buffer.from([core ? 1 : 0]);
    if (!core) return Buffer.concat([head, salt, await derive(text, salt, 1000, 'sha1')]).toString('base64');
    const numbers = Buffer.alloc(12);
    const rounds = Number(configuration.IDENTITY_ROUNDS || 100000);
    [2, rounds, salt.length].forEach((number, index) => numbers.writeUInt32BE(number, 4 * index));
    return Buffer.concat([head, numbers, salt, await derive(text, salt, rounds, 'sha512')]).toString('base64');
  }

  function derive(text, salt, rounds, digest) {
    return promisify(crypto.pbkdf2)(text, salt, rounds, 32, digest);
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
