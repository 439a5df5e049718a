// Both packages hand `net` the port and the host only. The host needs the whole config, so the calls are edited to pass it.
const edits = {
  'node_modules/mysql/lib/Connection.js': [
    ['? Net.createConnection(this.config.socketPath)', '? Net.createConnection(this.config)'],
    [': Net.createConnection(this.config.port, this.config.host);', ': Net.createConnection(this.config);'],
  ],
  'node_modules/mysql2/lib/base/connection.js': [
    ['this.stream = Net.connect(opts.config.socketPath);', 'this.stream = Net.connect(opts.config);'],
    ['this.stream = Net.connect(opts.config.port, opts.config.host);', 'this.stream = Net.connect(opts.config);'],
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
