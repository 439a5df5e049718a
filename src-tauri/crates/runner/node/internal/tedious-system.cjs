// `os`, `dns`, `dgram` and `constants` for tedious. It tells the server its machine's name; that stays unknown here. Names are looked
// up by the host, and instances by name not at all (tedious-instance.cjs).
'use strict';
module.exports = { hostname: () => 'localhost', lookup() {}, createSocket() {}, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS: 2048 };
