// The part of the table (`modules.mjs`) for packages of codings, hashes, dates and checks.
import { keysOverNative } from './internal/crypto-js.transform.mjs';
import { zonesReady } from './internal/moment-timezone.transform.mjs';
import { forgeInParts } from './internal/node-forge.transform.mjs';
import { roundsOverNative } from './internal/wordpress-hash.transform.mjs';

const packaged = (name, more = {}) => ({ name, entry: name, status: 'package', package: name, ...more });

/** pg-format names the file beside it by its folder. */
function wordsBeside(source, path) {
  if (!path.endsWith('index.js')) return source;
  const edited = source.replace("__dirname + '/reserved.js'", "'./reserved.js'");
  if (edited === source) throw new Error(`${path} has changed`);
  return edited;
}

/** crypto-js has a file for each of its functions; each is a property of the whole. */
const CRYPTO_JS = {
  core: '', 'x64-core': '', 'lib-typedarrays': 'lib.WordArray', evpkdf: 'EvpKDF', pbkdf2: 'PBKDF2',
  aes: 'AES', blowfish: 'Blowfish', rabbit: 'Rabbit', 'rabbit-legacy': 'RabbitLegacy', rc4: 'RC4', tripledes: 'TripleDES',
  'enc-base64': 'enc.Base64', 'enc-base64url': 'enc.Base64url', 'enc-hex': 'enc.Hex', 'enc-latin1': 'enc.Latin1', 'enc-utf16': 'enc.Utf16', 'enc-utf8': 'enc.Utf8',
  'format-hex': 'format.Hex', 'format-openssl': 'format.OpenSSL',
  'mode-cfb': 'mode.CFB', 'mode-ctr': 'mode.CTR', 'mode-ctr-gladman': 'mode.CTRGladman', 'mode-ecb': 'mode.ECB', 'mode-ofb': 'mode.OFB',
  'pad-iso10126': 'pad.Iso10126', 'pad-iso97971': 'pad.Iso97971', 'pad-nopadding': 'pad.NoPadding', 'pad-pkcs7': 'pad.Pkcs7', 'pad-zeropadding': 'pad.ZeroPadding',
};
for (const hash of ['MD5', 'RIPEMD160', 'SHA1', 'SHA224', 'SHA256', 'SHA3', 'SHA384', 'SHA512']) {
  CRYPTO_JS[hash.toLowerCase()] = hash;
  CRYPTO_JS[`hmac-${hash.toLowerCase()}`] = `Hmac${hash}`;
}
const cryptoParts = Object.entries(CRYPTO_JS).map(([file, part]) => packaged(`crypto-js/${file}`, { entry: 'crypto-js', package: 'crypto-js', part }));

export const packageModules = [
  packaged('base64url'),
  packaged('crypto-js', { status: 'bridged', transform: keysOverNative, differences: ['PBKDF2 is native code'] }),
  ...cryptoParts,
  packaged('debug', {
    replace: { tty: './internal/debug-terminal.cjs' },
    differences: ['what is switched on goes to the console; no variable of the environment switches anything on'],
  }),
  packaged('deep-equal'),
  packaged('dotenv', {
    replace: { fs: './internal/dotenv-files.cjs', os: './internal/dotenv-files.cjs' },
    differences: ['there is no .env to read: config answers with its ENOENT; parse and populate do what they do in Node'],
  }),
  packaged('fast-deep-equal'),
  packaged('he'),
  packaged('iconv-lite', { lazy: {} }),
  packaged('ip', { replace: { os: './internal/ip-interfaces.cjs' }, differences: ['address is 127.0.0.1: a script cannot see the machine'] }),
  packaged('joi', { lazy: {} }),
  packaged('long'),
  packaged('md5'),
  packaged('moment-timezone', { transform: zonesReady }),
  packaged('ms'),
  packaged('node-cache'),
  packaged('node-forge', {
    status: 'bridged', transform: forgeInParts, lazy: { eager: /./ },
    differences: ['its parts load when they are first looked at', 'powers of its big integers are native code'],
  }),
  packaged('node-uuid'),
  packaged('pg-connection-string', { replace: { fs: './internal/dotenv-files.cjs' } }),
  packaged('pg-format', { transform: wordsBeside }),
  packaged('q'),
  packaged('randomstring'),
  packaged('semver'),
  packaged('sha1'),
  packaged('sqlstring'),
  packaged('underscore'),
  packaged('validator'),
  packaged('wordpress-hash-node', { status: 'bridged', transform: roundsOverNative, differences: ['the rounds are native code'] }),
];
