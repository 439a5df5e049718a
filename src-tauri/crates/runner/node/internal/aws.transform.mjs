// aws-sdk for bundles of one service each: definitions of services packed, and the list of all services without the services;
// and no second try of what the host refuses.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

const DEFINITION = /require\('(\.\.\/apis\/[\w.-]+\.json)'\)/g;
const LISTED = /(\w+): require\('\.\/(\w+)'\)/g;

/** `require` of a definition becomes the definition itself, deflated: JSON of up to 200 KiB shrinks to a tenth. */
function packed(source, file) {
  return source.replace(DEFINITION, (_, wanted) => {
    const text = JSON.stringify(JSON.parse(readFileSync(path.resolve(path.dirname(file), wanted), 'utf8')));
    return `require('internal/aws-models')('${deflateRawSync(text, { level: 9 }).toString('base64')}')`;
  });
}

// What the host refuses (safe try, policy, limits) stays refused: the package would try it again three times.
const NETWORK_ERROR = /(hostname: resp\.request\.httpRequest\.endpoint\.hostname,\s+retryable: )true/;

function refusalsOnce(source, file) {
  if (!NETWORK_ERROR.test(source)) throw new Error(`${file}: errors of the network are no longer made where they were`);
  return source.replace(NETWORK_ERROR, '$1!/^ERR_SLUICE_/.test(err.code)');
}

export function awsByService(source, file) {
  const at = file.split(path.sep).join('/');
  if (at.endsWith('aws-sdk/clients/all.js')) {
    const names = [...source.matchAll(LISTED)].map(([, name]) => name);
    if (names.length < 300) throw new Error(`${file}: the list of services reads otherwise than it did`);
    return `module.exports = ${JSON.stringify(names)};`;
  }
  if (at.endsWith('aws-sdk/lib/event_listeners.js')) return refusalsOnce(source, file);
  if (!at.includes('aws-sdk/clients/')) return source;
  const text = packed(source, file);
  if (text === source) throw new Error(`${file}: no definition is required where it was`);
  return text;
}
