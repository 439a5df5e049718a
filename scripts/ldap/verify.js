/**
 * Marks an e-mail address as verified, in LDAP_VERIFIED_ATTRIBUTE; without it every address of the directory counts as
 * verified and nothing is written. Answers false when there is no such user.
 */
async function verify(email, callback) {
  const ldap = require('ldapjs');

  const flag = configuration.LDAP_VERIFIED_ATTRIBUTE;
  let user;
  let client;
  try {
    client = await openAsService();
    user = await find(client, ['mail'], email, ['1.1']);
    if (user && flag) await perform(client, 'modify', user.objectName, replace(flag, 'TRUE'));
  } catch (error) {
    return callback(error);
  } finally {
    if (client) client.destroy();
  }
  callback(null, Boolean(user));

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

  function replace(attribute, value) {
    return new ldap.Change({ operation: 'replace', modification: { [attribute]: [value] } });
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
