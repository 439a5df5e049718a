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

export function pointsOverNative(source, path) {
  if (/node-jose[\\/]lib[\\/]deps[\\/]forge\.js$/.test(path)) {
    if (!source.includes(FORGE)) throw new Error(`${path}: ${FORGE} not found; has node-jose changed?`);
    return source.replace(FORGE, () => 'require("node-forge")').replace(/^require\("node-forge\/lib\/\w+"\);$/gm, '');
  }
  if (!/node-jose[\\/]lib[\\/]deps[\\/]ecc[\\/]index\.js$/.test(path)) return source;
  if (!source.includes(OWN)) throw new Error(`${path}: toPublicKey not found; has node-jose changed?`);
  return source.replace(OWN, () => NATIVE);
}
