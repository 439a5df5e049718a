/**
 * Adds an entry of the class inetOrgPerson below LDAP_BASE_DN, named by uid: the username, or the e-mail address. The
 * password is stored as bcrypt. Directories seldom keep addresses unique, so it is looked up first.
 */
async function create(user, callback) {
  const bcrypt = require('bcrypt');
  const ldap = require('ldapjs');

  const passwordAttribute = configuration.LDAP_PASSWORD_ATTRIBUTE || 'userPassword';
  const email = user.email.toLowerCase();
  const uid = user.username || email;
  const entry = {
    objectClass: ['inetOrgPerson'],
    uid,
    mail: email,
    cn: user.name || uid,
    sn: user.family_name || uid
  };
  if (user.given_name) entry.givenName = user.given_name;
  if (user.name) entry.displayName = user.name;
  if (configuration.LDAP_VERIFIED_ATTRIBUTE) entry[configuration.LDAP_VERIFIED_ATTRIBUTE] = 'FALSE';
  let taken;
  let client;
  try {
    client = await openAsService();
    taken = (await find(client, ['mail'], email, ['1.1'])) || (await find(client, ['uid'], uid, ['1.1']));
    if (!taken) {
      entry[passwordAttribute] = await passwordFor(user.password);
      await perform(client, 'add', `${new ldap.RDN({ uid })},${configuration.LDAP_BASE_DN}`, entry);
    }
  } catch (error) {
    if (error.code !== 68) return callback(error); // entryAlreadyExists
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  } finally {
    if (client) client.destroy();
  }
  if (taken) {
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  }
  callback(null);

  // OpenLDAP and 389 Directory Server hand {CRYPT} to the system's crypt, which knows bcrypt. Active Directory takes
  // the password itself, over LDAPS only (LDAP_PASSWORD_ATTRIBUTE=unicodePwd), and hashes it.
  async function passwordFor(text) {
    if (passwordAttribute === 'unicodePwd') return Buffer.from(`"${text}"`, 'utf16le');
    return '{CRYPT}' + (await bcrypt.hash(text, 10));
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
