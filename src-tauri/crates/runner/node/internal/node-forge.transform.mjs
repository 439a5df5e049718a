// node-forge puts its parts on one object, and loads all of them to do so. Here a part of that object is an accessor that loads the
// part's files when it is first looked at; the files' own requires, which only see to it that others have loaded, then go.
// Written for node-forge 1.4.

/** What the object has after `options`, in its own order. */
const NAMES = 'util cipher aes pki oids asn1 md hmac md5 pem des pkcs5 pbkdf2 sha256 prng random rc2 jsbn sha1 pkcs1 prime rsa pbe '
  + 'pkcs7asn1 pkcs7 mgf mgf1 pss pkcs12 tls sha512 sha384 ed25519 kem log ssh';

/** Names that come together, and the files that make them, where they are not one file of one name. */
const TOGETHER = [
  ['cipher aes des', 'cipher cipherModes aes des'],
  ['md md5 sha1 sha256 sha384 sha512', 'md md5 sha1 sha256 sha512'],
  ['mgf mgf1', 'mgf1 mgf'],
  ['pkcs5 pbkdf2', 'pbkdf2'],
  ['pki rsa pbe ed25519', 'rsa pbe x509 pki ed25519'],
  ['pkcs7 pkcs7asn1', 'pkcs7asn1 pkcs7'],
  ['tls', 'tls aesCipherSuites'],
].map((pair) => pair.map((words) => words.split(' ')));

const names = NAMES.split(' ');
const alone = names.filter((name) => !TOGETHER.some(([together]) => together.includes(name))).map((name) => [[name], [name]]);

const OIDS = 'forge.pki = forge.pki || {};\nvar oids = module.exports = forge.pki.oids = forge.oids = forge.oids || {};';
// The names of objects are the first thing `pki` has.
const begun = (together) => (together.includes('pki') ? 'forge.pki = { oids: forge.oids }; ' : '');

const LATE = `
var forge = module.exports;
var plain = (name, value) => Object.defineProperty(forge, name, { value, writable: true, enumerable: true, configurable: true });
function part(names, load) {
  var loaded = () => { names.forEach((name) => plain(name)); load(); };
  names.forEach((name) => Object.defineProperty(forge, name, {
    enumerable: true, configurable: true, get: () => { loaded(); return forge[name]; }, set: (value) => { loaded(); forge[name] = value; },
  }));
}
${JSON.stringify(names)}.forEach((name) => plain(name));
${[...TOGETHER, ...alone].map(([together, files]) => `part(${JSON.stringify(together)}, () => { ${begun(together)}${files.map((file) => `require('./${file}');`).join(' ')} });`).join('\n')}
`;

// Its big integers raise to powers natively: a signature of RSA takes most of a second otherwise.
const POWER = 'BigInteger.prototype.modPow = bnModPow;';
const NATIVE_POWER = `BigInteger.prototype.modPow = function (e, m) {
  if (e.signum() <= 0 || m.signum() <= 0) return bnModPow.call(this, e, m);
  return new BigInteger(host.native.modPow(this.mod(m).toString(16), e.toString(16), m.toString(16)), 16);
};`;

export function forgeInParts(source, path) {
  if (!/[\\/]node-forge[\\/]lib[\\/]/.test(path)) return source;
  if (/[\\/]forge\.js$/.test(path)) return source + LATE;
  const changed = { 'oids.js': OIDS, 'jsbn.js': POWER }[/[^\\/]+$/.exec(path)[0]];
  if (changed && !source.includes(changed)) throw new Error(`${path}: ${changed} not found; has node-forge changed?`);
  return source.replace(/^require\('\.\/[\w.-]+'\);$/gm, '')
    .replace(OIDS, 'var oids = module.exports = forge.oids = forge.oids || {};')
    .replace(POWER, () => NATIVE_POWER);
}
