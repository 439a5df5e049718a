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

  // A status that is not expected is trouble, never an answer: no password is wrong because the service is down.
  async function ask(method, path, expected, body) {
    const pair = `${configuration.API_USER}:${configuration.API_PASSWORD}`;
    const response = await fetch(configuration.API_URL.replace(/\/+$/, '') + path, {
      method,
      headers: {
        accept: 'application/json',
        authorization: 'Basic ' + Buffer.from(pair).toString('base64'),
        ...(body && { 'content-type': 'application/json' })
      },
      body: body && JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(8000)
    });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      throw new Error(`The user service answered ${response.status} to ${method} ${path.split('?')[0]}.`);
    }
    return { status: response.status, body: response.status === 200 ? JSON.parse(text) : null };
  }
}
