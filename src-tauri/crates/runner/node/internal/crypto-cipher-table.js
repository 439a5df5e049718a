// The ciphers there are, by OpenSSL's names.
'use strict';

const SIZES = [128, 192, 256];
// Mode: OpenSSL's numbers for the three sizes of key, bytes of a block and of a start value.
const AES = {
  cbc: [[419, 423, 427], 16, 16], ctr: [[904, 905, 906], 1, 16], ecb: [[418, 422, 426], 16, 0],
  gcm: [[895, 898, 901], 1, 12], wrap: [[788, 789, 790], 8, 8],
};
const table = new Map();

/** `native` is the natives' word for cipher and mode. */
function add(names, info) {
  for (const name of names) table.set(name.toLowerCase(), info);
}
for (const [mode, [numbers, blockSize, ivLength]] of Object.entries(AES)) {
  SIZES.forEach((size, at) => {
    const own = mode === 'gcm' || mode === 'wrap' ? `id-aes${size}-${mode}` : `aes-${size}-${mode}`;
    const others = { cbc: [`aes${size}`], gcm: [`aes-${size}-gcm`], wrap: [`aes${size}-wrap`] }[mode] ?? [];
    add([own, ...others], { mode, native: mode, name: own, nid: numbers[at], blockSize, ivLength, keyLength: size / 8 });
  });
}
add(['des-ede3-cbc', 'des3'], { mode: 'cbc', native: 'des-cbc', name: 'des-ede3-cbc', nid: 44, blockSize: 8, ivLength: 8, keyLength: 24 });
add(['des-ede3', 'des-ede3-ecb'], { mode: 'ecb', native: 'des-ecb', name: 'des-ede3', nid: 33, blockSize: 8, ivLength: 0, keyLength: 24 });

/** What a cipher takes, by name or number; nothing when it is not here. */
function cipherNamed(name) {
  if (typeof name === 'string') return table.get(name.toLowerCase());
  return [...table.values()].find((info) => info.nid === name);
}

const listed = (mode) => SIZES.map((size) => `aes-${size}-${mode}`);
const names = [
  ...['cbc', 'ctr', 'ecb', 'gcm'].flatMap(listed), ...SIZES.flatMap((size) => [`aes${size}`, `aes${size}-wrap`]), 'des-ede3', 'des-ede3-cbc', 'des3',
  ...SIZES.flatMap((size) => [`id-aes${size}-GCM`, `id-aes${size}-wrap`]),
];

module.exports = { cipherNamed, names };
