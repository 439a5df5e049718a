/**
 * Checks a password with a database of another Auth0 tenant, the source.
 *
 * The source needs a machine-to-machine application (client_id, client_secret) with the grants Password and Client
 * Credentials, and for the Management API the scopes read:users, update:users, delete:users, create:users and those of
 * app_metadata. The source database is named in source_database. Where auth0_domain is a custom domain, source_audience is
 * the tenant's own address (https://TENANT.REGION.auth0.com): the Management API answers to that name only.
 *
 * A safe try of Sluice holds back requests that write; token requests are none, so Login runs as it is.
 */
async function login(identifier, password, callback) {
  let user = null;
  let known = null;
  try {
    const answer = await token({
      grant_type: 'http://auth0.com/oauth/grant-type/password-realm',
      realm: configuration.source_database,
      scope: 'openid',
      username: identifier,
      password
    });
    if (answer.status === 200) {
      user = (await manage('GET', '/users/' + encodeURIComponent(subjectOf(answer.body.id_token)), [200])).body;
    } else if (answer.body.error === 'invalid_grant') {
      known = await find(identifier); // tells a wrong password from an unknown user
    } else {
      throw new Error(`The source tenant refused the login: ${answer.body.error}.`);
    }
  } catch (error) {
    return callback(error);
  }
  if (user) return callback(null, profileOf(user));
  callback(new WrongUsernameOrPasswordError(known ? known.email : null, 'Wrong e-mail or password.'));

  // The token comes straight from the tenant over TLS, so its signature has nothing to add (OpenID Connect Core §3.1.3.7).
  function subjectOf(idToken) {
    return JSON.parse(Buffer.from(idToken.split('.')[1], 'base64').toString('utf8')).sub;
  }

  // Keep this in step with get_user.js: both must describe a user in the same words. The id is the one without "auth0|", which
  // the platform puts in front again: users keep their ids.
  function profileOf(user) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + identityOf(user).user_id,
      email: user.email,
      email_verified: user.email_verified === true
    };
    const fields = ['username', 'given_name', 'family_name', 'name', 'nickname', 'picture', 'user_metadata', 'app_metadata'];
    for (const field of fields) {
      if (user[field]) profile[field] = user[field];
    }
    return profile;
  }

  function identityOf(user) {
    return user.identities.find((identity) => identity.connection === configuration.source_database);
  }

  // By e-mail at once; by username through the search, which may lag some seconds behind.
  async function find(identifier) {
    const text = identifier.toLowerCase();
    const search = { search_engine: 'v3', q: `${inSource()} AND username:${quoted(text)}` };
    const path = text.includes('@')
      ? '/users-by-email?' + new URLSearchParams({ email: text })
      : '/users?' + new URLSearchParams(search);
    const { body } = await manage('GET', path, [200]);
    return body.find((user) => identityOf(user)) || null;
  }

  function inSource() {
    return 'identities.connection:' + quoted(configuration.source_database);
  }

  function quoted(text) {
    return '"' + text.replace(/["\\]/g, '\\$&') + '"';
  }

  // The Management API's token, kept for the container's life (a token is no user's data).
  async function managementToken() {
    const of = `${origin()} ${configuration.client_id}`;
    const kept = global.sourceTenantToken;
    if (kept && kept.of === of && kept.until > Date.now()) return kept.value;
    const audience = `${configuration.source_audience || origin()}/api/v2/`;
    const answer = await token({ grant_type: 'client_credentials', audience });
    if (answer.status !== 200) throw new Error(`The source tenant refused a token: ${answer.body.error}.`);
    const until = Date.now() + (answer.body.expires_in - 60) * 1000;
    global.sourceTenantToken = { of, value: answer.body.access_token, until };
    return answer.body.access_token;
  }

  function token(grant) {
    const { client_id, client_secret } = configuration;
    return send('POST', '/oauth/token', [200, 401, 403, 429], { client_id, client_secret, ...grant });
  }

  async function manage(method, path, expected, body) {
    return send(method, '/api/v2' + path, expected, body, await managementToken());
  }

  // A status that is not expected is trouble, never an answer: no password is wrong because the tenant is down.
  async function send(method, path, expected, body, bearer) {
    const response = await fetch(origin() + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(bearer && { authorization: 'Bearer ' + bearer })
      },
      body: body && JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(8000)
    });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      if (response.status === 401) global.sourceTenantToken = null; // revoked: the next run asks for another
      throw new Error(`The source tenant answered ${response.status} to ${method} ${path.split('?')[0]}.`);
    }
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }

  // auth0_domain is a domain, or a whole address.
  function origin() {
    const domain = configuration.auth0_domain.replace(/\/+$/, '');
    return domain.includes('://') ? domain : 'https://' + domain;
  }
}
