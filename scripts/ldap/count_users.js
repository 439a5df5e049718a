/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
async function countUsers(callback) {
  const ldap = require('ldapjs');

  let total = 0;
  let client;
  try {
    client = await openAsService();
    await search(client, null, ['1.1'], () => {
      total += 1;
    });
  } catch (error) {
    return callback(error);
  } finally {
    if (client) client.destroy();
  }
  callback(null, total);

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
