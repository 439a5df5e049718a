/** Gives a user another e-mail address. Answers false when there is no such user. */
async function changeEmail(email, newEmail, verified, callback) {
  const address = newEmail.toLowerCase();
  let user;
  let taken = false;
  let changed = false;
  try {
    user = await find(email);
    if (user) {
      const other = await find(address);
      taken = Boolean(other) && other.user_id !== user.user_id;
    }
    if (user && !taken) {
      const change = {
        connection: configuration.source_database,
        email: address,
        email_verified: Boolean(verified),
        verify_email: false
      };
      changed = (await manage('PATCH', pathOf(user), [200, 404], change)).status === 200;
    }
  } catch (error) {
    return callback(error);
  }
  if (taken) {
    return callback(new ValidationError('user_exists', 'The new e-mail address belongs to another user.'));
  }
  callback(null, changed);

  function pathOf(user) {
    return '/users/' + encodeURIComponent(user.user_id);
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
