// Where pg and pg-pool take a rejected promise's stack anew, so that it leads to the caller; see awaited.cjs.
const TAKEN = /Error\.captureStackTrace\(err\)/g;
const EDITS = [
  [/[\\/]pg[\\/]lib[\\/]client\.js$/, /result = new this\._Promise\(/g, (made) => `const tell = require("awaited")(this.query); ${made}`],
  [/[\\/]pg-pool[\\/]index\.js$/, /const result = new Promise\(function \(resolve, reject\) \{/g, (made) => `const tell = require("awaited")(promisify); ${made}`],
];

export function pgAwaited(source, path) {
  const edit = EDITS.find(([file]) => file.test(path));
  if (!edit) return source;
  const [, making, told] = edit;
  if (source.match(TAKEN)?.length !== 1 || source.match(making)?.length !== 1) throw new Error(`${path}: its promises are not where they were; has it changed?`);
  return source.replace(TAKEN, 'tell(err)').replace(making, told);
}
