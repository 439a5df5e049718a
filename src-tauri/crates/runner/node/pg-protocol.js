// The part of `pg-protocol` that has a meaning without a socket: the messages' classes.
'use strict';
const { DatabaseError, Field, NoticeMessage } = require('./node_modules/pg-protocol/dist/messages.js');

module.exports = { DatabaseError, Field, NoticeMessage };
