/**
 * Checks a password against the legacy store.
 *
 * The column `password` holds one of six formats, told apart by how the text begins:
 *   $2a$ $2b$ $2y$          bcrypt
 *   $argon2id$              Argon2id, PHC string
 *   pbkdf2_sha256$          Django: pbkdf2_sha256$iterations$salt$base64
 *   sha256$                 salted SHA-256: sha256$salt$hex of sha256(salt + password)
 *   AQAAAA                  ASP.NET Core Identity v3: PBKDF2, base64
 * Remove the formats your store does not have.
 */
function login(identifier, password, callback) {
  const bcrypt = require('bcrypt');
  const crypto = require('crypto');
  const sqlite3 = require('sqlite3');

  const sql = `
    SELECT id, email, email_verified, username, given_name, family_name, name, nickname, password
    FROM users
    WHERE email = ? COLLATE NOCASE OR username = ? COLLATE NOCASE`;

  const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READONLY, (openError) => {
    if (openError) return callback(openError);
    db.get(sql, [identifier, identifier], (queryError, user) => {
      db.close(() => {
        if (queryError) return callback(queryError);
        if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
        check(user.password, (hashError, matches) => {
          if (hashError) return callback(hashError);
          if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
          callback(null, profileOf(user));
        });
      });
    });
  });

  function check(stored, done) {
    if (/^\$2[aby]\$/.test(stored)) return bcrypt.compare(password, stored.replace(/^\$2y\$/, '$2b$'), done);
    if (stored.startsWith('$argon2id$')) return checkArgon2(stored, done);
    if (stored.startsWith('pbkdf2_sha256$')) return checkDjango(stored, done);
    if (stored.startsWith('sha256$')) return done(null, matchesSaltedSha256(stored));
    if (stored.startsWith('AQAAAA')) return checkAspNetIdentity(Buffer.from(stored, 'base64'), done);
    done(new Error('The legacy store holds a password in a format this script does not know.'));
  }

  function checkArgon2(stored, done) {
    const argon2 = require('argon2');
    argon2.verify(stored, password).then((matches) => done(null, matches), done);
  }

  function checkDjango(stored, done) {
    const [, iterations, salt, hash] = stored.split('$');
    const expected = Buffer.from(hash, 'base64');
    crypto.pbkdf2(password, salt, parseInt(iterations, 10), expected.length, 'sha256', (error, actual) => {
      done(error, !error && equal(actual, expected));
    });
  }

  function matchesSaltedSha256(stored) {
    const [, salt, hash] = stored.split('$');
    const actual = crypto.createHash('sha256').update(salt + password, 'utf8').digest();
    return equal(actual, Buffer.from(hash, 'hex'));
  }

  // Layout: 1 byte marker (1), then as 32-bit big-endian numbers the hash function, the iterations and the salt's
  // length, then salt and hash.
  function checkAspNetIdentity(blob, done) {
    const digest = ['sha1', 'sha256', 'sha512'][blob.readUInt32BE(1)];
    const iterations = blob.readUInt32BE(5);
    const saltEnd = 13 + blob.readUInt32BE(9);
    const expected = blob.slice(saltEnd);
    crypto.pbkdf2(password, blob.slice(13, saltEnd), iterations, expected.length, digest, (error, actual) => {
      done(error, !error && equal(actual, expected));
    });
  }

  function equal(left, right) {
    return left.length === right.length && crypto.timingSafeEqual(left, right);
  }

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(row) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + row.id,
      email: row.email,
      email_verified: row.email_verified === 1
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (row[field]) profile[field] = row[field];
    }
    return profile;
  }
}
