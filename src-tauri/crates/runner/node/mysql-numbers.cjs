// Error numbers for refusals of our own; no server uses them.
'use strict';
exports.OURS = { refused: 60001, policy: 60002, limit: 60003 };
exports.NAMES = { 60001: 'ERR_SLUICE_REFUSED', 60002: 'ERR_SLUICE_POLICY', 60003: 'ERR_SLUICE_LIMIT' };
