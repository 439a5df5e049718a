// crypto-js's PBKDF2 takes minutes in an interpreter for the 250,000 rounds it makes unless told otherwise. For the hashes below, and
// where password and salt are what the package itself expects, the key comes from native code, in the words the package would have.
const FROM = /compute: function \(password, salt\) \{\s+\/\/ Shortcut\s+var cfg = this\.cfg;\n/;
const NATIVE = `
	            var words = { MD5: 4, RIPEMD160: 5, SHA1: 5, SHA256: 8, SHA512: 16 };
	            var hash = Object.keys(words).find(function (name) { return C_algo[name] && C_algo[name] === cfg.hasher; });
	            var given = [password, salt].map(function (one) { return typeof one === 'string' ? C.enc.Utf8.parse(one) : one; });
	            var rounds = Number(cfg.iterations);
	            var plain = given.every(function (one) { return one && Array.isArray(one.words) && one.sigBytes >= 0 && one.sigBytes <= 4 * one.words.length; });
	            if (hash && plain && cfg.keySize >= 0 && Number.isInteger(rounds) && rounds > 0 && rounds < 0x80000000) {
	                var length = Math.ceil(cfg.keySize / words[hash]) * words[hash];
	                var bytes = given.map(function (one) {
	                    return Uint8Array.from({ length: one.sigBytes }, function (_, at) { return one.words[at >>> 2] >>> (24 - (at % 4) * 8); });
	                });
	                var key = host.span('hash', 'crypto-js pbkdf2 ' + rounds, function () {
	                    return host.native.pbkdf2(hash.toLowerCase(), bytes[0], bytes[1], rounds, 4 * length);
	                });
	                var view = new DataView(key.buffer, key.byteOffset, key.byteLength);
	                return WordArray.create(Array.from({ length: length }, function (_, at) { return view.getInt32(4 * at); }), cfg.keySize * 4);
	            }
`;

export function keysOverNative(source, path) {
  if (!/[\\/]crypto-js[\\/]pbkdf2\.js$/.test(path)) return source;
  if (!FROM.test(source)) throw new Error(`${path}: compute is no longer where it was; has crypto-js changed?`);
  return source.replace(FROM, (begin) => begin + NATIVE);
}
