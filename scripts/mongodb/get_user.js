/** Says whether a user exists, without a password. Used before sign-up, for password reset and for e-mail changes. */
async function getUser(identifier, callback) {
  const { MongoClient } = require('mongodb');

  // Strength 2 compares without case. An index with the same collation (schema.js) serves it.
  const ignoringCase = { locale: 'en', strength: 2 };
  const text = String(identifier); // an object would be an operator
  const options = { collation: ignoringCase, projection: { password: 0 } };
  let user;
  let client;
  try {
    client = newClient();
    await client.connect();
    const users = usersOf(client);
    user = (await users.findOne({ email: text }, options)) || (await users.findOne({ username: text }, options));
  } catch (error) {
    return callback(error);
  } finally {
    if (client) await client.close();
  }
  callback(null, user ? profileOf(user) : null);

  // Keep this in step with login.js: both must describe a user in the same words.
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
