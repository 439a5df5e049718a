// node-jose computes the public point of an EC key with big integers of its own, which take seconds in an interpreter.
const OWN = `  var d = bin2bn(this.d);
  var P = this.params.getG().multiply(d);
  return new ECPublicKey(this.curve,
                         P.getX().toBigInteger(),
                         P.getY().toBigInteger());`;
const NATIVE = `  var name = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" }[this.curve],
      P = require("crypto").createECDH(name).setPrivateKey(this.d).getPublicKey(),
      middle = (P.length + 1) / 2;
  return new ECPublicKey(this.curve, bin2bn(P.slice(1, middle)), bin2bn(P.slice(middle)));`;

// It asks node-forge for its parts one by one; here they come by themselves (node-forge.transform.mjs).
const FORGE = 'require("node-forge/lib/forge")';

// Encrypted tokens bring zlib's code and ciphers; they are read when somebody asks for them.
const ENCRYPTED = 'JWE: require("./jwe"),';

/** All algorithms fill tables when the package loads; here they do when one is asked for. */
function algorithmsLater(source, path) {
  const parts = /^(var implementations = )(\[[^\]]+\]);$([^]*?)^(implementations)(\.forEach\([^]*?^\}\);)$([^]*)$/m.exec(source);
  if (!parts || parts[6].match(/= ALGS_\w+\[alg\]/g)?.length !== 6) throw new Error(`${path}: its tables are not where they were; has node-jose changed?`);
  const [whole, name, list, tables, implementations, fill, rest] = parts;
  return source.replace(whole, () => `${name}function () { return ${list}; };${tables}var filled = false;
function known(table) {
  if (!filled) {
    filled = true;
    ${implementations}()${fill}
  }
  return table;
}${rest.replace(/= (ALGS_\w+)\[alg\]/g, '= known($1)[alg]')}`);
}

export function joseInParts(source, path) {
  if (/node-jose[\\/]lib[\\/]algorithms[\\/]index\.js$/.test(path)) return algorithmsLater(source, path);
  if (/node-jose[\\/]lib[\\/]index\.js$/.test(path)) {
    if (!source.includes(ENCRYPTED)) throw new Error(`${path}: ${ENCRYPTED} not found; has node-jose changed?`);
    return source.replace(ENCRYPTED, () => 'get JWE() { return require("./jwe"); },');
  }
  if (/node-jose[\\/]lib[\\/]deps[\\/]forge\.js$/.test(path)) {
    if (!source.includes(FORGE)) throw new Error(`${path}: ${FORGE} not found; has node-jose changed?`);
    return source.replace(FORGE, () => 'require("node-forge")').replace(/^require\("node-forge\/lib\/\w+"\);$/gm, '');
  }
  if (!/node-jose[\\/]lib[\\/]deps[\\/]ecc[\\/]index\.js$/.test(path)) return source;
  if (!source.includes(OWN)) throw new Error(`${path}: toPublicKey not found; has node-jose changed?`);
  return source.replace(OWN, () => NATIVE);
}
