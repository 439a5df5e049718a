/**
 * Checks a password with a JSON API, called with axios. Tokens come from an OAuth 2.0 token endpoint.
 *
 * What is expected, with client API_CLIENT_ID and API_CLIENT_SECRET; where yours differs, change it here and in the other
 * scripts:
 *   POST API_TOKEN_URL               grant_type=password with username and password: 200 and a token of the user's, or 400
 *                                    with the error invalid_grant; grant_type=client_credentials: the service account's
 *   GET    /users/me                 below API_URL, with the user's token: 200 and the user
 * and with the service account's token:
 *   GET    /users?identifier=TEXT    200 and the user with this e-mail or username, or 404
 *   POST   /users                    201, or 409 when the e-mail or username is taken
 *   PATCH  /users/ID                 { email, email_verified, password }, some of them: 200, or 404, or 409
 *   DELETE /users/ID                 204, or 404
 *   GET    /users/count              { "total": 3 }
 *   GET    /users?after=ID&limit=N   the users behind this id, ordered by id; after is empty for the first page
 * A user is { id, email, email_verified, username, given_name, family_name, name, nickname }, and an id never changes.
 *
 * A safe try of Sluice holds back requests that write. A token request is none to it as long as the address ends in /token
 * and the body has a grant_type: Login runs as it is. A POST to, say, /login would need a committed run.
 */
async function login(identifier, password, callback) {
  const axios = require('axios');

  let profile = null;
  let known = null;
  try {
    const answer = await token({ grant_type: 'password', username: identifier, password });
    if (answer.status === 200) {
      profile = profileOf((await ask('GET', '/users/me', [200], undefined, answer.data.access_token)).data);
    } else if (answer.data.error === 'invalid_grant') {
      known = await find(identifier); // tells a wrong password from an unknown user
    } else {
      throw new Error(`The token endpoint refused the login: ${answer.data.error}.`);
    }
  } catch (error) {
    return callback(error);
  }
  if (profile) return callback(null, profile);
  callback(new WrongUsernameOrPasswordError(known ? known.email : null, 'Wrong e-mail or password.'));

  async function find(identifier) {
    const answer = await ask('GET', '/users?identifier=' + encodeURIComponent(identifier), [200, 404]);
    return answer.status === 200 ? answer.data : null;
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

  // The service account's token, kept for the container's life (a token is no user's data).
  async function serviceToken() {
    const of = `${configuration.API_TOKEN_URL} ${configuration.API_CLIENT_ID}`;
    const kept = global.userServiceToken;
    if (kept && kept.of === of && kept.until > Date.now()) return kept.value;
    const answer = await token({ grant_type: 'client_credentials' });
    if (answer.status !== 200) throw new Error(`The token endpoint refused the service account: ${answer.data.error}.`);
    const until = Date.now() + (Number(answer.data.expires_in || 120) - 60) * 1000;
    global.userServiceToken = { of, value: answer.data.access_token, until };
    return answer.data.access_token;
  }

  // OAuth 2.0 token request (RFC 6749 §4.3, §4.4): 200 and the token, or 400 and the reason.
  function token(grant) {
    const fields = {
      ...grant,
      client_id: configuration.API_CLIENT_ID,
      client_secret: configuration.API_CLIENT_SECRET,
      ...(configuration.API_AUDIENCE && { audience: configuration.API_AUDIENCE })
    };
    const data = new URLSearchParams(fields).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return send([200, 400], { method: 'POST', url: configuration.API_TOKEN_URL, headers, data });
  }

  async function ask(method, url, expected, data, bearer) {
    const authorization = 'Bearer ' + (bearer || await serviceToken());
    return send(expected, { method, baseURL: configuration.API_URL, url, headers: { authorization }, data });
  }

  // A status that is not expected is trouble, never an answer: no password is wrong because the service is down. What
  // axios throws holds the whole request, secrets included, so it goes no further.
  async function send(expected, request) {
    try {
      return await axios({
        ...request,
        timeout: 8000,
        maxRedirects: 0,
        validateStatus: (status) => expected.includes(status)
      });
    } catch (error) {
      const status = error.response && error.response.status;
      if (status === 401) global.userServiceToken = null; // revoked: the next run asks for another
      const path = request.url.split('?')[0];
      const asked = `${request.method} ${path}`;
      const trouble = new Error(
        status ? `The user service answered ${status} to ${asked}.` : `${asked} failed: ${error.message || error.code}.`
      );
      if (!status) trouble.code = error.code;
      throw trouble;
    }
  }
}
