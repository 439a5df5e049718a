// tty: a script has no terminal.
'use strict';
const { nodeError } = require('internal/errors');

function refused() { throw nodeError(Error, 'ERR_TTY_INIT_FAILED', 'TTY initialization failed: a script has no terminal'); }

module.exports = { isatty: () => false, ReadStream: function ReadStream() { refused(); }, WriteStream: function WriteStream() { refused(); } };
