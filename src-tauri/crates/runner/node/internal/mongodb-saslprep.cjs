// `@mongodb-js/saslprep` with its tables left out until a password needs them: printable ASCII stays as it is (RFC 4013).
'use strict';
module.exports = (text, options) => (/^[\x20-\x7e]*$/.test(text) ? text : require('internal/saslprep')(text, options));
