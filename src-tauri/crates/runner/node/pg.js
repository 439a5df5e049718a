// `pg`: the npm package itself (Client, Pool, Query, Result, pg-types, error objects) over a transport that asks the host.
//
// Added, since real scripts use it (contract §14.3 T6): the static `pg.connect(config, cb(err, client, done))` and
// `pg.end()` of pg before 7, and the module as a function, `postgres(config, cb)`.
'use strict';
const pg = require('pg');

const pools = new Map();

/** `pg.connect` of pg before 7: a pool per configuration, a client of it, and `done` to give it back. */
function connect(config, callback) {
  if (typeof config === 'function') {
    callback = config;
    config = null;
  }
  const key = JSON.stringify(config ?? {});
  let pool = pools.get(key);
  if (!pool) {
    // Nobody ends this pool: clients that were given back go by themselves, in Node after a while. Here a run's connections end
    // with it, so they go at once, and only those not given back are left open.
    const own = typeof config === 'string' ? { connectionString: config } : config;
    pool = new pg.Pool({ ...own, idleTimeoutMillis: 1, allowExitOnIdle: false });
    // A client that breaks while idle leaves the pool by itself, as it did in pg before 7.
    pool.on('error', () => {});
    pools.set(key, pool);
  }
  return pool.connect(callback);
}

/** `pg.end()` of pg before 7: ends every pool that `pg.connect` made. */
function end() {
  const open = [...pools.values()];
  pools.clear();
  for (const pool of open) pool.end();
}

function postgres(config, callback) {
  return connect(config, callback);
}

const { native, ...described } = Object.getOwnPropertyDescriptors(pg);
Object.defineProperties(postgres, described);
Object.defineProperty(postgres, 'native', { value: null, configurable: true, enumerable: false });
for (const [name, value] of Object.entries({ connect, end })) {
  Object.defineProperty(postgres, name, {
    // A stricter runtime has pg 8 alone, as production does.
    get: () => {
      if (!host.compatible()) return undefined;
      host.warn('pg_before_7', `pg.${name} went with pg 7, and the platform's pg 8 does not have it: make a Pool once and use pool.query.`);
      return value;
    },
    set: (own) => Object.defineProperty(postgres, name, { value: own, writable: true, configurable: true, enumerable: true }),
    configurable: true,
    enumerable: true,
  });
}

module.exports = postgres;
