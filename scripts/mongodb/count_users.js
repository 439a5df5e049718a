/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
async function countUsers(callback) {
  const { MongoClient } = require('mongodb');

  let total;
  let client;
  try {
    client = newClient();
    await client.connect();
    total = await usersOf(client).countDocuments({});
  } catch (error) {
    return callback(error);
  } finally {
    if (client) await client.close();
  }
  callback(null, total);

  function newClient() {
    return new MongoClient(configuration.MONGODB_URI, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 10000 });
  }

  function usersOf(client) {
    return client.db(configuration.MONGODB_DATABASE).collection(configuration.MONGODB_COLLECTION || 'users');
  }
}
