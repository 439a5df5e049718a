/** Says whether a user exists, without a password. Used before sign-up, for password reset and for e-mail changes. */
async function getUser(identifier, callback) {
  let user;
  try {
    user = await find(identifier);
  } catch (error) {
    return callback(error);
  }
  callback(null, user ? profileOf(user) : null);

  async function find(identifier) {
    const answer = await ask('GET', '/users?identifier=' + encodeURIComponent(identifier), [200, 404]);
    return answer.status === 200 ? answer.body : null;
  }

  // Keep this in step with login.js: both must describe a user in the same words.
  function profileOf(user) {
    const profile = {
      user_id: (configuration.USER_ID_PREFIX || '') + user.id,
      email: user.email.toLowerCase(),
      email_verified: user.email_verified === true
    };
    for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
      if (user[field]) profile[field] = user[field];
    }
    return profile;
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
