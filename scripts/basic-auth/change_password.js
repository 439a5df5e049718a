/** Sets a new password, which the service hashes. Answers false when there is no such user. */
async function changePassword(email, newPassword, callback) {
  let changed = false;
  try {
    const user = await find(email);
    if (user) {
      const path = '/users/' + encodeURIComponent(user.id);
      changed = (await ask('PATCH', path, [200, 404], { password: newPassword })).status === 200;
    }
  } catch (error) {
    return callback(error);
  }
  callback(null, changed);

  async function find(identifier) {
    const answer = await ask('GET', '/users?identifier=' + encodeURIComponent(identifier), [200, 404]);
    return answer.status === 200 ? answer.body : null;
  }

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
