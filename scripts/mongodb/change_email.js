/** Gives a user another e-mail address. Answers false when there is no such user. */
async function changeEmail(email, newEmail, verified, callback) {
  const { MongoClient } = require('mongodb');

  // Strength 2 compares without case. An index with the same collation (schema.js) serves it.
  const ignoringCase = { locale: 'en', strength: 2 };
  let changed = false;
  let client;
  try {
    client = newClient();
    await client.connect();
    const address = String(newEmail).toLowerCase();
    const change = { $set: { email: address, email_verified: Boolean(verified), updated_at: new Date() } };
    const result = await usersOf(client).updateOne({ email: String(email) }, change, { collation: ignoringCase });
    changed = result.matchedCount > 0;
  } catch (error) {
    // 11000: a unique index has the value already
    if (error.code !== 11000) return callback(error);
    return callback(new ValidationError('user_exists', 'The new e-mail address belongs to another user.'));
  } finally {
    if (client) await client.close();
  }
  callback(null, changed);

  function newClient() {
    return new MongoClient(configuration.MONGODB_URI, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 10000 });
  }

  function usersOf(client) {
    return client.db(configuration.MONGODB_DATABASE).collection(configuration.MONGODB_COLLECTION || 'users');
  }
}
