/** How many users the legacy store has. Sluice counts with it; the platform never sees this script. */
async function countUsers(callback) {
  let total;
  try {
    total = Number((await ask('GET', '/users/count', [200])).body.total);
  } catch (error) {
    return callback(error);
  }
  callback(null, total);

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
