// timers/promises
'use strict';
const timers = require('timers');
const custom = Symbol.for('nodejs.util.promisify.custom');

module.exports = {
  setTimeout: timers.setTimeout[custom],
  setImmediate: timers.setImmediate[custom],
  async* setInterval(after, value) {
    for (;;) {
      await timers.setTimeout[custom](after);
      yield value;
    }
  },
  scheduler: { wait: (after) => timers.setTimeout[custom](after), yield: () => timers.setImmediate[custom]() },
};
