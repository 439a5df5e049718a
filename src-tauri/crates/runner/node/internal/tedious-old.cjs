// The style of tedious before version 9, which the official templates pin: user and password at the top of the config, a connection
// that opens by itself, no encryption unless asked for, text parameters of any type.
'use strict';

const TEXTS = new Set(['VarChar', 'NVarChar', 'Char', 'NChar', 'Text', 'NText']);

/** Whether a config has user or password where versions before 9 had them. */
const isOld = (config) => typeof config === 'object' && config !== null && config.authentication === undefined
  && (config.userName !== undefined || config.password !== undefined);

/** The same config as the present version takes it. */
function modern({ userName, password, domain, options = {}, ...config }) {
  const authentication = domain ? { type: 'ntlm', options: { userName, password, domain } }
    : { type: 'default', options: { userName, password } };
  // Numbers from `configuration` are texts, which version 1 did not mind.
  const port = typeof options.port === 'string' && options.port !== '' ? Number(options.port) : options.port;
  return { ...config, authentication, options: { encrypt: false, ...options, port } };
}

/** Version 1 made texts of what was given for one. */
function asTexts(request) {
  for (const parameter of request.parameters) {
    const { type, value } = parameter;
    if (TEXTS.has(type?.name) && value != null && typeof value !== 'string') parameter.value = `${value}`;
  }
}

module.exports = { asTexts, isOld, modern };
