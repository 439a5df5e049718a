// Names that were globals until the platform's Node 16 (contract §7), as the old runtimes made them. Old scripts still use them.
'use strict';

/** `mongo(url, cb)` as `mongo-getdb` answered: `cb(db)`, or `cb(err, db)` where the callback takes two. */
function mongo(load) {
  const open = (url, options, callback) => {
    if (typeof options === 'function') {
      callback = options;
      options = undefined;
    }
    if (!/^mongodb(\+srv)?:\/\//.test(url)) throw new Error('invalid mongodb url');
    // Driver 2 failed at once where nothing listens; the driver of today asks again for longer than a script may run.
    const patience = /[?&]serverSelectionTimeoutMS=/i.test(url) ? {} : { serverSelectionTimeoutMS: 5000 };
    const client = new (load('mongodb').MongoClient)(url, { ...patience, ...options });
    const connected = (db) => {
      // Before driver 3 the database closed the connection.
      if (typeof db.close !== 'function') db.close = (...rest) => client.close(...rest.filter((one) => typeof one === 'function'));
      return callback.length < 2 ? callback(db) : callback(null, db);
    };
    const failed = (error) => {
      if (callback.length < 2) throw error;
      return callback(error);
    };
    // In a task of its own: what the callback throws is an uncaught exception, no rejection.
    client.connect().then(() => process.nextTick(connected, client.db()), (error) => process.nextTick(failed, error));
  };
  for (const name of ['ObjectID', 'Long', 'Double', 'Timestamp', 'BSON']) {
    Object.defineProperty(open, name, {
      configurable: true, enumerable: true, get: () => (name === 'ObjectID' ? objectId(load) : load('mongodb')[name]),
    });
  }
  return open;
}

/** `ObjectID(text)`, also without `new`. */
function objectId(load) {
  const { ObjectId } = load('mongodb');
  function ObjectID(id) { return new ObjectId(id); }
  ObjectID.prototype = ObjectId.prototype;
  return Object.setPrototypeOf(ObjectID, ObjectId);
}

/** `mysql(configuration)`: a connection; the module's own functions stand beside. */
function mysql(load) {
  const module = load('mysql');
  return Object.assign((configuration) => module.createConnection(configuration), module);
}

/** `mysql_pool(configuration)`: one pool per configuration. */
function mysqlPool(load) {
  const pools = new Map();
  return (configuration) => {
    const key = JSON.stringify(configuration);
    if (!pools.has(key)) {
      const limit = typeof configuration === 'string' ? configuration : { connectionLimit: 30, ...configuration };
      pools.set(key, load('mysql').createPool(limit));
    }
    return pools.get(key);
  };
}

/** `sqlserver.connect(config)`, `sqlserver.Request`, `sqlserver.Types`, and all of `tedious` beside. */
function sqlserver(load) {
  const tedious = load('tedious');
  return { ...tedious, Types: tedious.TYPES, connect: (configuration) => new tedious.Connection(configuration) };
}

/** What npm `easy-pbkdf2` 0.0.2 offers: a salt is `iterations in hex` + `.` + base64, a hash 256 bytes as base64, by SHA-1. */
function pbkdf2(load) {
  const crypto = load('crypto');
  const self = {
    DEFAULT_HASH_ITERATIONS: 5024,
    SALT_SIZE: 32,
    weakHash: (value) => crypto.createHash('sha1').update(value == null ? '' : JSON.stringify(value)).digest('base64'),
    random(bytes, callback) {
      if (typeof callback !== 'function') return crypto.randomBytes(bytes);
      return crypto.randomBytes(bytes, (error, random) => callback(random));
    },
    generateSalt(iterations, callback) {
      if (typeof iterations === 'function') [iterations, callback] = [null, iterations];
      const rounds = iterations == null ? self.DEFAULT_HASH_ITERATIONS : Number(iterations);
      if (!Number.isInteger(rounds)) throw new Error('explicitIterations must be an integer');
      if (rounds < self.DEFAULT_HASH_ITERATIONS) throw new Error(`explicitIterations cannot be less than ${self.DEFAULT_HASH_ITERATIONS}`);
      const salt = `${rounds.toString(16)}.${crypto.randomBytes(self.SALT_SIZE).toString('base64')}`;
      if (typeof callback !== 'function') return salt;
      return process.nextTick(callback, salt);
    },
    hash(value, salt, callback) {
      if (typeof salt === 'function' || salt == null) [salt, callback] = [self.generateSalt(), callback ?? salt];
      if (typeof callback !== 'function') throw new Error('callback is required (as Function)');
      if (typeof value !== 'string' || value === '') return callback(new Error('value is required (as String)'));
      const dot = salt.indexOf('.');
      return crypto.pbkdf2(value, salt.slice(dot + 1), parseInt(salt.slice(0, dot), 16), 256, 'sha1',
        (error, key) => callback(error, error ? undefined : key.toString('base64'), salt));
    },
    secureHash: (...values) => self.hash(...values),
    verify(salt, known, value, callback) {
      self.hash(value, salt, (error, hash) => (error ? callback(error) : callback(null, hash === known)));
    },
  };
  return self;
}

/** name: [what to write instead, how it is made]. */
module.exports = {
  _: ["require('lodash')", (load) => load('lodash')],
  async: ["require('async')", (load) => load('async')],
  Auth0: ["require('auth0')", (load) => load('auth0')],
  bcrypt: ["require('bcrypt')", (load) => load('bcrypt')],
  jwt: ["require('jsonwebtoken')", (load) => load('jsonwebtoken')],
  mongo: ["require('mongodb').MongoClient", mongo],
  mysql: ["require('mysql').createConnection(…)", mysql],
  mysql_pool: ["require('mysql').createPool(…)", mysqlPool],
  ObjectID: ["require('mongodb').ObjectId", objectId],
  pbkdf2: ["require('crypto').pbkdf2", pbkdf2],
  pg: ["require('pg')", (load) => load('pg')],
  postgres: ["require('pg')", (load) => load('pg')],
  querystring: ["require('querystring')", (load) => load('querystring')],
  request: ["require('request'), better axios or fetch", (load) => load('request')],
  sqlserver: ["require('tedious')", sqlserver],
  uuid: ["require('uuid')", (load) => load('uuid')],
  xml2js: ["require('xml2js')", (load) => load('xml2js')],
  xtend: ['Object.assign({}, a, b)', () => (...sources) => Object.assign({}, ...sources)],
};
