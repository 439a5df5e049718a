// Stands in for what pg loads and never needs over our transport: pgpass files, dns, SASL. The host authenticates.
'use strict';
module.exports = (parameters, callback) => callback(undefined);
module.exports.DEFAULT_MAX_SCRAM_ITERATIONS = 100000;
