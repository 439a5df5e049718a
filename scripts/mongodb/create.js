/**
 * Adds a user. Only the fields the legacy store has are taken; the password is stored as bcrypt. That an e-mail or username
 * is taken is for the unique indexes to say (schema.js).
 */
async function create(user, callback) {
  const bcrypt = require('bcrypt');
  const { MongoClient } = require('mongodb');

  const document = { email: String(user.email).toLowerCase(), email_verified: false };
  for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
    if (user[field]) document[field] = String(user[field]);
  }
  let client;
  try {
    client = newClient();
    await client.connect();
    document.password = await bcrypt.hash(user.password, 10);
    document.created_at = new Date();
    await usersOf(client).insertOne(document);
  } catch (error) {
    // 11000: a unique index has the value already
    if (error.code !== 11000) return callback(error);
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  } finally {
    if (client) await client.close();
  }
  callback(null);

  function newClient() {
    return new MongoClient(configuration.MONGODB_URI, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 10000 });
  }

  function usersOf(client) {
    return client.db(configuration.MONGODB_DATABASE).collection(configuration.MONGODB_COLLECTION || 'users');
  }
}
