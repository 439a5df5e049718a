// Both packages hand `net` the port and the host only. The host needs the whole config, and the encoding in which mysql2 writes text
// (npm `mysql` always writes UTF-8), so the calls are edited to pass them.
const MYSQL2_CONNECT = 'this.stream = Net.connect(opts.config, CharsetToEncoding[opts.config.charsetNumber]);';
const edits = {
  'node_modules/mysql/lib/Connection.js': [
    ['? Net.createConnection(this.config.socketPath)', '? Net.createConnection(this.config)'],
    [': Net.createConnection(this.config.port, this.config.host);', ': Net.createConnection(this.config);'],
  ],
  'node_modules/mysql2/lib/base/connection.js': [
    ['this.stream = Net.connect(opts.config.socketPath);', MYSQL2_CONNECT],
    ['this.stream = Net.connect(opts.config.port, opts.config.host);', MYSQL2_CONNECT],
  ],
};

/** For `transform` in modules.mjs. */
export function wholeConfig(source, path) {
  const [name, list] = Object.entries(edits).find(([file]) => path.replaceAll('\\', '/').endsWith(file)) ?? [];
  for (const [from, to] of list ?? []) {
    if (!source.includes(from)) throw new Error(`${name} has changed: "${from}" is not in it any more`);
    source = source.replace(from, to);
  }
  return source;
}
