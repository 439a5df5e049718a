/**
 * Checks a password with a web service that knows HTTP Basic authentication.
 *
 * What the service must offer, below configuration.API_URL; where yours differs, change it here and in the other scripts:
 *   GET    /profile                  with the user's own credentials: 200 and the user, or 401
 * and with the service account's (API_USER, API_PASSWORD):
 *   GET    /users?identifier=TEXT    200 and the user with this e-mail or username, or 404
 *   POST   /users                    201, or 409 when the e-mail or username is taken
 *   PATCH  /users/ID                 { email, email_verified, password }, some of them: 200, or 404, or 409
 *   DELETE /users/ID                 204, or 404
 *   GET    /users/count              { "total": 3 }
 *   GET    /users?after=ID&limit=N   the users behind this id, ordered by id; after is empty for the first page
 * A user is { id, email, email_verified, username, given_name, family_name, name, nickname }, and an id never changes.
 *
 * Login sends GET requests only, so a safe try of Sluice sends them too; requests that write are held back there.
 */
async function login(identifier, password, callback) {
  let profile = null;
  let known = null;
  try {
    // In Basic credentials a colon ends the name: "a:b" with the password "c" would be "a" with the password "b:c".
    if (!identifier.includes(':')) {
      const answer = await ask('GET', '/profile', [200, 401], undefined, `${identifier}:${password}`);
      if (answer.status === 200) profile = profileOf(answer.body);
    }
    if (!profile) known = await find(identifier); // tells a wrong password from an unknown user
  } catch (error) {
    return callback(error);
  }
  if (profile) return callback(null, profile);
  callback(new WrongUsernameOrPasswordError(known ? known.email : null, 'Wrong e-mail or password.'));

  async function find(identifier) {
    const answer = await ask('GET', '/users?identifier=' + encodeURIComponent(identifier), [200, 404]);
    return answer.status === 200 ? answer.body : null;
  }

  // Keep this in step with get_user.js: both must describe a user in the same words.
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
  async function ask(method, path, expected, body, credentials) {
    const pair = credentials || `${configuration.API_USER}:${configuration.API_PASSWORD}`;
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
