/** Adds a user. Only the fields the service knows are sent, the password among them: it must be HTTPS. */
async function create(user, callback) {
  const sent = { email: user.email.toLowerCase(), email_verified: false, password: user.password };
  for (const field of ['username', 'given_name', 'family_name', 'name', 'nickname']) {
    if (user[field]) sent[field] = user[field];
  }
  let answer;
  try {
    answer = await ask('POST', '/users', [201, 409], sent);
  } catch (error) {
    return callback(error);
  }
  if (answer.status === 409) {
    return callback(new ValidationError('user_exists', 'A user with this e-mail or username already exists.'));
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
