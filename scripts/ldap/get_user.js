/** Says whether a user exists, without a password. Used before sign-up, for password reset and for e-mail changes. */
async function getUser(identifier, callback) {
  const ldap = require('ldapjs');

  const idAttribute = configuration.LDAP_ID_ATTRIBUTE || 'entryUUID';
  const loginAttributes = (configuration.LDAP_LOGIN_ATTRIBUTES || 'mail,uid').split(',').map((name) => name.trim());
  let user;
  let client;
  try {
    client = await openAsService();
    user = await find(client, loginAttributes, identifier, attributesWanted());
  } catch (error) {
    return callback(error);
  } finally {
    if (client) client.destroy();
  }
  callback(null, user ? profileOf(user) : null);

  // Keep this in step with login.js: both must describe a user in the same words.
  function profileOf(entry) {
    const fields = { username: 'uid', given_name: 'givenName', family_name: 'sn', name: 'displayName' };
    const profile = {
      user_id: idOf(entry),
      email: (textOf(entry, 'mail') || '').toLowerCase() || undefined,
      email_verified: isVerified(entry)
    };
    for (const [field, attribute] of Object.entries(fields)) {
      const value = textOf(entry, attribute);
      if (value && !(field === 'username' && value.includes('@'))) profile[field] = value;
    }
    return profile;
  }

  function attributesWanted() {
    const flag = configuration.LDAP_VERIFIED_ATTRIBUTE;
    return [idAttribute, 'mail', 'uid', 'givenName', 'sn', 'displayName'].concat(flag || []);
  }

  // Attribute names have no case; the first value counts.
  function valueOf(entry, name) {
    const attribute = entry.attributes.find(({ type }) => type.toLowerCase() === name.toLowerCase());
    return attribute && attribute.buffers.length > 0 ? attribute.buffers[0] : null;
  }

  function textOf(entry, name) {
    const value = valueOf(entry, name);
    return value ? value.toString('utf8') : undefined;
  }

  // objectGUID (Active Directory) is bytes, entryUUID text.
  function idOf(entry) {
    const value = valueOf(entry, idAttribute);
    if (!value) throw new Error(`An entry has no ${idAttribute}; LDAP_ID_ATTRIBUTE must name one that all have.`);
    return (configuration.USER_ID_PREFIX || '') + value.toString(idAttribute === 'objectGUID' ? 'hex' : 'utf8');
  }

  // Without LDAP_VERIFIED_ATTRIBUTE the directory's addresses count as verified: its administrators gave them.
  function isVerified(entry) {
    const flag = configuration.LDAP_VERIFIED_ATTRIBUTE;
    return flag ? /^true$/i.test(textOf(entry, flag) || '') : true;
  }

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
