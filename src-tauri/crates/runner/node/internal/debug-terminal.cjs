// What debug asks of `tty`: whether its text goes to a terminal.
'use strict';
module.exports = { isatty: () => false };
