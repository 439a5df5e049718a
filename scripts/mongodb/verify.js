/** Marks an e-mail address as verified. Answers false when there is no such user. */
async function verify(email, callback) {
  const { MongoClient } = require('mongodb');

  // Strength 2 compares without case. An index with the same collation (schema.js) serves it.
  const ignoringCase = { locale: 'en', strength: 2 };
  let changed = false;
  let client;
  try {
    client = newClient();
    await client.connect();
    const change = { $set: { email_verified: true, updated_at: new Date() } };
    const result = await usersOf(client).updateOne({ email: String(email) }, change, { collation: ignoringCase });
    changed = result.matchedCount > 0;
  } catch (error) {
    return callback(error);
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
