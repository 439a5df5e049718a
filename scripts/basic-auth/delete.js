/** Removes a user by the `user_id` that Login gave. A user who is gone already counts as removed. */
async function deleteUser(id, callback) {
  const prefix = configuration.USER_ID_PREFIX || '';
  const key = String(id);
  if (!key.startsWith(prefix) || key.length === prefix.length) {
    return callback(new Error('This user id does not come from the legacy store.'));
  }
  try {
    await ask('DELETE', '/users/' + encodeURIComponent(key.slice(prefix.length)), [200, 204, 404]);
  } catch (error) {
    return callback(error);
  }
  callback(null);

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
