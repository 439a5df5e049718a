/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const { MongoClient, ObjectId } = require('mongodb');

  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || key.length === prefix.length) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }
  let client;
  try {
    client = newClient();
    await client.connect();
    await usersOf(client).deleteOne({ _id: idOf(key.slice(prefix.length)) });
  } catch (error) {
    return callback(error);
  } finally {
    if (client) await client.close();
  }
  callback(null);

  // An id that reads as an ObjectId is one; other stores have texts.
  function idOf(text) {
    return /^[0-9a-f]{24}$/i.test(text) ? new ObjectId(text) : text;
  }

  function newClient() {
    return new MongoClient(configuration.MONGODB_URI, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 10000 });
  }

  function usersOf(client) {
    return client.db(configuration.MONGODB_DATABASE).collection(configuration.MONGODB_COLLECTION || 'users');
  }
}
