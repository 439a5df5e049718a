/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 *
 * A directory answers in no order, so each page goes through all entries and keeps the smallest ids behind `after`.
 */
async function listUsers(after, limit, callback) {
  const ldap = require('ldapjs');

  const idAttribute = configuration.LDAP_ID_ATTRIBUTE || 'entryUUID';
  const most = Number(limit);
  let page = [];
  let client;
  try {
    client = await openAsService();
    await search(client, null, attributesWanted(), (entry) => {
      const email = textOf(entry, 'mail');
      const user = { user_id: idOf(entry), email: email && email.toLowerCase(), email_verified: isVerified(entry) };
      const username = textOf(entry, 'uid');
      if (username && !username.includes('@')) user.username = username;
      if (after && user.user_id <= String(after)) return;
      page.push(user);
      if (page.length >= 4 * most) page = smallest();
    });
  } catch (error) {
    return callback(error);
  } finally {
    if (client) client.destroy();
  }
  callback(null, smallest());

  function smallest() {
    return page.sort((left, right) => (left.user_id < right.user_id ? -1 : 1)).slice(0, most);
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
