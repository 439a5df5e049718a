/** Checks a password against a collection of MongoDB. Passwords are bcrypt hashes ($2a$, $2b$, $2y$). */
async function login(identifier, password, callback) {
  const bcrypt = require('bcrypt');
  const { MongoClient } = require('mongodb');

  // Strength 2 compares without case. An index with the same collation (schema.js) serves it.
  const ignoringCase = { locale: 'en', strength: 2 };
  const text = String(identifier); // an object would be an operator
  let user;
  let matches = false;
  let client;
  try {
    client = newClient();
    await client.connect();
    const users = usersOf(client);
    user =
      (await users.findOne({ email: text }, { collation: ignoringCase })) ||
      (await users.findOne({ username: text }, { collation: ignoringCase }));
    if (user && user.password) matches = await bcrypt.compare(password, user.password.replace(/^\$2y\$/, '$2b$'));
  } catch (error) {
    return callback(error);
  } finally {
    if (client) await client.close();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) return callback(new WrongUsernameOrPasswordError(user.email, 'Wrong e-mail or password.'));
  callback(null, profileOf(user));

  // Keep this in step with get_user.js: both must describe a user in the same words.
  function profileOf(document) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + String(document._id),
      email: document.email.toLowerCase(),
      email_verified: document.email_verified === true
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (document[field]) profile[field] = document[field];
    }
    return profile;
  }

  function newClient() {
    return new MongoClient(configuration.MONGODB_URI, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 10000 });
  }

  function usersOf(client) {
    return client.db(configuration.MONGODB_DATABASE).collection(configuration.MONGODB_COLLECTION || 'users');
  }
}
