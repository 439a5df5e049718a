/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const ldap = require('ldapjs');

  const idAttribute = configuration.LDAP_ID_ATTRIBUTE || 'entryUUID';
  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || !/^[0-9a-f-]{32,36}$/i.test(key.slice(prefix.length))) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }
  let client;
  try {
    client = await openAsService();
    const text = key.slice(prefix.length);
    const value = idAttribute === 'objectGUID' ? Buffer.from(text, 'hex') : text;
    const user = await find(client, [idAttribute], value, ['1.1']);
    if (user) await perform(client, 'del', user.objectName);
  } catch (error) {
    if (error.code !== 32) return callback(error); // noSuchObject: somebody else was quicker
  } finally {
    if (client) client.destroy();
  }
  callback(null);

  // The first entry that has the value in one of the attributes, in the order of the attributes.
  async function find(client, attributes, value, wanted) {
    for (const attribute of attributes) {
      const found = [];
      await search(client, new ldap.EqualityFilter({ attribute, value }), wanted, (entry) => found.push(entry));
      if (found.length > 0) return found[0];
    }
    return null;
  }

  // Values go into filter objects, which carry them as they are: no text can become a part of the filter.
  function search(client, filter, attributes, onEntry) {
    const people = ldap.parseFilter(configuration.LDAP_USER_FILTER || '(objectClass=person)');
    const options = {
      scope: 'sub',
      filter: new ldap.AndFilter({ filters: filter ? [people, filter] : [people] }),
      attributes,
      paged: { pageSize: 500 }
    };
    return new Promise((resolve, reject) => {
      client.search(configuration.LDAP_BASE_DN, options, (error, answer) => {
        if (error) return reject(error);
        answer.on('searchEntry', onEntry);
        answer.on('error', reject);
        answer.on('end', resolve);
      });
    });
  }

  function perform(client, method, ...values) {
    return new Promise((resolve, reject) => client[method](...values, (error) => (error ? reject(error) : resolve())));
  }

  // Certificates are checked; an authority of your own goes into LDAP_CA (PEM).
  function open(dn, secret) {
    return new Promise((resolve, reject) => {
      const client = ldap.createClient({
        url: configuration.LDAP_URL,
        connectTimeout: 5000,
        timeout: 8000,
        reconnect: false,
        strictDN: false, // names go back as the server gave them; ldapjs misreads escaped letters beyond ASCII
        tlsOptions: configuration.LDAP_CA ? { ca: configuration.LDAP_CA } : {}
      });
      client.on('error', reject); // A lost connection also fails the request that runs.
      client.bind(dn, secret, (error) => {
        if (!error) return resolve(client);
        client.destroy();
        reject(error);
      });
    });
  }

  function openAsService() {
    return open(configuration.LDAP_BIND_DN, configuration.LDAP_BIND_PASSWORD);
  }
}
