// `diagnostics_channel` for mssql: nobody listens.
'use strict';

const channel = () => ({ hasSubscribers: false, publish() {} });
const tracingChannel = () => ({
  hasSubscribers: false,
  tracePromise: (run, _context, self, ...given) => Reflect.apply(run, self, given),
  traceCallback: (run, _place, _context, self, ...given) => Reflect.apply(run, self, given),
});

module.exports = { channel, tracingChannel };
