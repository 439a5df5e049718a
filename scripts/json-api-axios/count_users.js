/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
async function countUsers(callback) {
  const axios = require('axios');

  let total;
  try {
    total = Number((await ask('GET', '/users/count', [200])).data.total);
  } catch (error) {
    return callback(error);
  }
  callback(null, total);

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

  async function ask(method, url, expected, data) {
    const authorization = 'Bearer ' + (await serviceToken());
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
