// The driver's pool opens as many connections as there are operations at once, a hundred at most; a run may open few. Waiting for
// a free one is the pool's own way, so a smaller pool shows in nothing but time. The option itself stays as the script gave it.
const POOL = 'node_modules/mongodb/lib/cmap/connection_pool.js';
const MONITOR = 'node_modules/mongodb/lib/sdam/monitor.js';
const POLLER = 'node_modules/mongodb/lib/sdam/srv_polling.js';
const edits = {
  [POOL]: [
    [
      'const { maxPoolSize, maxConnecting } = this.options;',
      'const { maxConnecting } = this.options; const maxPoolSize = Math.min(this.options.maxPoolSize || 4, 4);',
    ],
    // Watching over an idle client goes on as long as something else does: a script that leaves its client open is done when it
    // has called back.
    ['setTimeout)(() => this.ensureMinPoolSize(), this.options.minPoolSizeCheckFrequencyMS);', 'setTimeout)(() => this.ensureMinPoolSize(), this.options.minPoolSizeCheckFrequencyMS).unref();'],
  ],
  [MONITOR]: [['setTimeout)(this._executeAndReschedule, ms || this.heartbeatFrequencyMS);', 'setTimeout)(this._executeAndReschedule, ms || this.heartbeatFrequencyMS).unref();']],
  [POLLER]: [['}, this.intervalMS);', '}, this.intervalMS).unref();']],
  // Not even looked for: these are not installed on the platform either, and a failed search takes time.
  'node_modules/mongodb/lib/deps.js': [
    ["exports.Kerberos = require('kerberos');", ''],
    ["exports.ZStandard = require('@mongodb-js/zstd');", ''],
    ["exports.Snappy = require('snappy');", ''],
    ["exports.Snappy[exports.PKG_VERSION] = (0, utils_1.parsePackageVersion)(require('snappy/package.json'));", ''],
    ["exports.aws4 = require('aws4');", ''],
    ["const credentialProvider = require('@aws-sdk/credential-providers');", 'const credentialProvider = undefined.absent;'],
  ],
  'node_modules/mongodb/lib/bson.js': [["exports.BSON = BSON = require('bson-ext');", '']],
};

/** For `transform` in modules-stores.mjs. */
export function mongodbInRun(source, path) {
  const [name, list] = Object.entries(edits).find(([file]) => path.replaceAll('\\', '/').endsWith(file)) ?? [];
  for (const [from, to] of list ?? []) {
    if (!source.includes(from)) throw new Error(`${name} has changed: "${from}" is not in it any more`);
    source = source.replaceAll(from, to);
  }
  return source;
}
