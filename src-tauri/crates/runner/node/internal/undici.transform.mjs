// undici relies on objects that nobody holds living on for a while, as in V8. Here they go at once: so its weak references are
// strong, and a Response that is gone does not cancel a body that a script still reads.
//
// Also: nobody reads the times it would report, and Node's own build of it calls itself by another name.
const EDITS = {
  body: [["globalThis.FinalizationRegistry && process.version.indexOf('v18') !== 0", 'false']],
  index: [['= performance.markResourceTiming', '= () => {}'], ["typeof esbuildDetection !== 'undefined'", 'true']],
};

export function undiciHeld(source, path) {
  const [, name] = /[\\/]undici[\\/]lib[\\/]web[\\/]fetch[\\/](\w+)\.js$/.exec(path) ?? [];
  let edited = name ? source.replaceAll('new WeakRef(', "new (require('held'))(") : source;
  for (const [from, to] of EDITS[name] ?? []) {
    if (!edited.includes(from)) throw new Error(`${path}: ${from} not found; has undici changed?`);
    edited = edited.replace(from, to);
  }
  return edited;
}
