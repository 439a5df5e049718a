/**
 * One page of the legacy store's users, ordered: those after the user_id `after` (null: from the start), at most
 * `limit`. Fewer than `limit` means the end. Sluice lists with it; the platform never sees this script.
 */
async function listUsers(after, limit, callback) {
  const prefix = configuration.USER_ID_PREFIX || '';
  const last = after ? String(after).slice(prefix.length) : '';
  let users;
  try {
    users = (await ask('GET', '/users?' + new URLSearchParams({ after: last, limit: String(limit) }), [200])).body;
  } catch (error) {
    return callback(error);
  }
  callback(null, users.map((user) => ({
    user_id: prefix + user.id,
    email: user.email.toLowerCase(),
    email_verified: user.email_verified === true,
    username: user.username || undefined
  })));

  // The service account's token, kept for the container's life (a token is no user's data).
  async function serviceToken() {
    const of = `${configuration.API_TOKEN_URL} ${configuration.API_CLIENT_ID}`;
    const kept = global.userServiceToken;
    if (kept && kept.of === of && kept.until > Date.now()) return kept.value;
    const answer = await token({ grant_type: 'client_credentials' });
    if (answer.status !== 200) throw new Error(`The token endpoint refused the service account: ${answer.body.error}.`);
    const until = Date.now() + (Number(answer.body.expires_in || 120) - 60) * 1000;
    global.userServiceToken = { of, value: answer.body.access_token, until };
    return answer.body.access_token;
  }

  // OAuth 2.0 token request (RFC 6749 §4.3, §4.4): 200 and the token, or 400 and the reason.
  function token(grant) {
    const fields = {
      ...grant,
      client_id: configuration.API_CLIENT_ID,
      client_secret: configuration.API_CLIENT_SECRET,
      ...(configuration.API_AUDIENCE && { audience: configuration.API_AUDIENCE })
    };
    return send(configuration.API_TOKEN_URL, 'POST', [200, 400], { body: new URLSearchParams(fields) });
  }

  async function ask(method, path, expected, body) {
    const authorization = 'Bearer ' + (await serviceToken());
    return send(configuration.API_URL.replace(/\/+$/, '') + path, method, expected, {
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body)
    });
  }

  // A status that is not expected is trouble, never an answer: no password is wrong because the service is down.
  async function send(url, method, expected, { headers, body }) {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(8000)
    });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      if (response.status === 401) global.userServiceToken = null; // revoked: the next run asks for another
      throw new Error(`The user service answered ${response.status} to ${method} ${new URL(url).pathname}.`);
    }
    return { status: response.status, body: [200, 400].includes(response.status) ? JSON.parse(text) : null };
  }
}
