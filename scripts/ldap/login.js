/**
 * Checks a password against an LDAP directory: finds the entry as the service account, then binds as the entry.
 *
 * LDAP_LOGIN_ATTRIBUTES  what people log in with, in the order of precedence; Active Directory: mail,sAMAccountName
 * LDAP_ID_ATTRIBUTE      never changes, is never given twice: entryUUID; Active Directory: objectGUID
 * LDAP_USER_FILTER       which entries are users; (objectClass=person) by default
 * LDAP_VERIFIED_ATTRIBUTE  holds TRUE or FALSE; without it every address counts as verified
 */
async function login(identifier, password, callback) {
  const ldap = require('ldapjs');

  const idAttribute = configuration.LDAP_ID_ATTRIBUTE || 'entryUUID';
  const loginAttributes = (configuration.LDAP_LOGIN_ATTRIBUTES || 'mail,uid').split(',').map((name) => name.trim());
  let user;
  let matches = false;
  let client;
  try {
    client = await openAsService();
    user = await find(client, loginAttributes, identifier, attributesWanted());
    if (user) matches = await accepts(user.objectName, password);
  } catch (error) {
    return callback(error);
  } finally {
    if (client) client.destroy();
  }
  if (!user) return callback(new WrongUsernameOrPasswordError(null, 'Wrong e-mail or password.'));
  if (!matches) {
    return callback(new WrongUsernameOrPasswordError(textOf(user, 'mail') || identifier, 'Wrong e-mail or password.'));
  }
  callback(null, profileOf(user));

  async function accepts(dn, secret) {
    if (!secret) return false; // A bind with an empty password is one as nobody, and succeeds (RFC 4513 §5.1.2).
    try {
      (await open(dn, secret)).destroy();
      return true;
    } catch (error) {
      if (error.code === 49) return false; // invalidCredentials; anything else is trouble
      throw error;
    }
  }

  // Keep this in step with get_user.js: both must describe a user in the same words.
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
