/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const { MongoClient, ObjectId } = require('mongodb');

  const prefix = configuration.USER_ID_PREFIX || '';
  const filter = after ? { _id: { $gt: idOf(String(after).slice(prefix.length)) } } : {};
  const projection = { email: 1, email_verified: 1, username: 1 };
  let documents;
  let client;
  try {
    client = newClient();
    await client.connect();
    documents = await usersOf(client).find(filter, { projection }).sort({ _id: 1 }).limit(Number(limit)).toArray();
  } catch (error) {
    return callback(error);
  } finally {
    if (client) await client.close();
  }
  callback(null, documents.map((document) => ({
    user_id: prefix + String(document._id),
    email: document.email.toLowerCase(),
    email_verified: document.email_verified === true,
    username: document.username || undefined
  })));

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
