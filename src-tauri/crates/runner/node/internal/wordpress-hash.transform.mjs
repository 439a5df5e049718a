// wordpress-hash-node makes its 8,192 rounds of MD5 in a loop of texts. Here the loop is native code, in slices, between which a run
// can be ended: a stored hash may ask for 2^30 rounds.
const LOOP = /    do \{\s+hash = phpfunctions\.md5\(hash \+ "" \+  password, true\);\s+\} while \(--count\);/;
const NATIVE = `    hash = host.span("hash", "phpass " + count, function () {
        var bytes = Buffer.from(hash, "binary"), added = Buffer.from("" + password, "binary");
        for (; count > 0; count -= 65536) bytes = host.native.md5Rounds(bytes, added, Math.min(count, 65536));
        return Buffer.from(bytes).toString("binary");
    });`;

export function roundsOverNative(source, path) {
  if (!/wordpress-hash-node[\\/]lib[\\/]hash\.js$/.test(path)) return source;
  if (!LOOP.test(source)) throw new Error(`${path}: the rounds are no longer where they were`);
  return source.replace(LOOP, () => NATIVE);
}
