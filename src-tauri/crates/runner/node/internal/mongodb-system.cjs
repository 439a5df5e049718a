// `os` for the driver, which tells the server about its client: as much as the platform's own container would, nothing of this machine.
'use strict';
module.exports = { type: () => 'Linux', release: () => '', endianness: () => 'LE' };
