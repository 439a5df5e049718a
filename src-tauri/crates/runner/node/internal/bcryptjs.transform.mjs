// bcryptjs in QuickJS needs 1.9 s for cost 10. Its `_crypt` (key setup and the rounds, bytes in, bytes out) has no seam,
// so the body is swapped here; everything a script can see stays the package's own.
const START = 'function _crypt(b, salt, rounds, callback, progressCallback) {';
const END = '/**\n     * Internally hashes a password.';
const NATIVE = `${START}
      var err;
      if (rounds < 4 || rounds > 31) err = Error("Illegal number of rounds (4-31): " + rounds);
      else if (salt.length !== BCRYPT_SALT_LEN) err = Error("Illegal salt length: " + salt.length + " != " + BCRYPT_SALT_LEN);
      if (err) {
        if (!callback) throw err;
        nextTick(callback.bind(this, err));
        return;
      }
      function compute() {
        return Array.from(host.span("hash", "bcryptjs " + rounds, function () {
          return host.native.bcryptRaw(Uint8Array.from(b), Uint8Array.from(salt), rounds);
        }));
      }
      if (!callback) return compute();
      if (progressCallback) progressCallback(0);
      host.defer(function () {
        var bytes = compute();
        if (progressCallback) progressCallback(1);
        callback(null, bytes);
      });
    }

    `;

export function bcryptjsOverNative(source, path) {
  if (!/bcryptjs[\\/](umd[\\/])?index\.js$/.test(path)) return source;
  const from = source.indexOf(START);
  const to = source.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${path}: _crypt not found; has bcryptjs changed?`);
  return source.slice(0, from) + NATIVE + source.slice(to);
}
