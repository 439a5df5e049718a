// The npm package's native half.
'use strict';
const KINDS = ['argon2d', 'argon2i', 'argon2id'];

module.exports = () => ({
  hash: (request) => new Promise((resolve, reject) => {
    host.defer(() => {
      try {
        const bytes = host.span('hash', `${KINDS[request.type] ?? 'argon2'} ${request.m} KiB`, () => host.native.argon2(request));
        resolve(Buffer.from(bytes.buffer));
      } catch (error) {
        reject(error);
      }
    });
  }),
});
