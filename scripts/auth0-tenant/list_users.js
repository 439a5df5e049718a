/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const prefix = configuration.USER_ID_PREFIX || '';
  const most = Number(limit);
  const users = [];
  try {
    // The search gives at most 100 users a page and 1000 in all, so each page asks for what is behind the last one.
    let last = after ? 'auth0|' + String(after).slice(prefix.length) : null;
    for (;;) {
      const size = Math.min(100, most - users.length);
      const search = {
        search_engine: 'v3',
        q: last ? `${inSource()} AND user_id:{${quoted(last)} TO *}` : inSource(),
        sort: 'user_id:1',
        per_page: String(size),
        fields: 'user_id,email,email_verified,username,identities'
      };
      const page = (await manage('GET', '/users?' + new URLSearchParams(search), [200])).body;
      users.push(...page);
      if (page.length < size || users.length >= most) break;
      last = page[page.length - 1].user_id;
    }
  } catch (error) {
    return callback(error);
  }
  callback(null, users.map((user) => ({
    user_id: prefix + identityOf(user).user_id,
    email: user.email,
    email_verified: user.email_verified === true,
    username: user.username || undefined
  })));

  function identityOf(user) {
    return user.identities.find((identity) => identity.connection === configuration.source_database);
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
