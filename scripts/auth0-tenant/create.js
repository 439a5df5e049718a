/** Adds a user to the source database, which hashes the password and sends no mail of its own. */
async function create(user, callback) {
  const sent = {
    connection: configuration.source_database,
    email: user.email.toLowerCase(),
    email_verified: false,
    verify_email: false,
    password: user.password
  };
  for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname', 'user_metadata', 'app_metadata']) {
    if (user[field]) sent[field] = user[field];
  }
  let answer;
  try {
    answer = await manage('POST', '/users', [201, 400, 409], sent);
  } catch (error) {
    return callback(error);
  }
  if (answer.status === 409) {
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
  }
  if (answer.status === 400) return callback(new ValidationError('invalid_user', answer.body.message)); // e.g. a weak password
  callback(null);

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
