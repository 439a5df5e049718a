// node-jose asks the global WebCrypto for what its Node half lacks, and its own code where there is none. The WebCrypto here
// only digests, and RSA in its own code takes seconds, so that its Node half gets what it lacks: OAEP with SHA-256.
const CHANGES = {
  'algorithms/helpers.js': [['if ("undefined" !== typeof crypto.subtle) {', 'if (false) {']],
  'algorithms/rsaes.js': [
    ['RSA1_5: "RSA_PKCS1_PADDING"', 'RSA1_5: "RSA_PKCS1_PADDING", "RSA-OAEP-256": "RSA_PKCS1_OAEP_PADDING"'],
    ['padding: helpers.nodeCrypto.constants[nodeSupport[name]]', 'padding: helpers.nodeCrypto.constants[nodeSupport[name]], oaepHash: alg.hash && alg.hash.name.replace("-", "")'],
  ],
};

export function joseOverNode(source, path) {
  const file = /node-jose[\\/]lib[\\/](algorithms[\\/](?:helpers|rsaes)\.js)$/.exec(path)?.[1].replace('\\', '/');
  return (CHANGES[file] ?? []).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path}: ${from} not found; has node-jose changed?`);
    return text.replaceAll(from, to);
  }, source);
}
