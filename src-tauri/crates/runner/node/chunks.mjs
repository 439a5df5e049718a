// Chunks: files of a package that its module does not load at once lie in bytecode of their own, `NAME~1`, `NAME~2`, …, read when
// the package first requires them (`host.chunk`).
//
// esbuild has put each CommonJS file of the package into a function of its own, `var require_x = __commonJS({ "path"(exports, module)
// { … } });`, which reaches nothing around it but other such functions and esbuild's own few.
import { transform } from 'esbuild';

const WRAPPER = /^var (require_\w+) = __commonJS\(\{\n {2}"([^"\n]+)"\((\w*)(?:, (\w+))?\) \{\n([\s\S]*?)\n {2}\}\n\}\);$/gm;
const SHARED = /(?<![\w$.])(?:require_\w+|__\w+|import_\w+)(?![\w$])/g;
/** Below this a chunk costs more than it spares. Characters of unminified text. */
const SMALLEST = 600;

/** Names of the wrappers that run as soon as `text` does: called in a statement that stands at `indent`. */
const called = (text, indent) => text.split('\n').filter((line) => line.startsWith(indent) && !/\s/.test(line[indent.length] ?? ' '))
  .flatMap((line) => line.match(/require_\w+(?=\(\))/g) ?? []);

/** The wrappers that run when the bundle does. */
function eagerly(wrappers, rest) {
  const eager = new Set();
  const visit = (names) => {
    for (const name of names) {
      if (eager.has(name) || !wrappers.has(name)) continue;
      eager.add(name);
      visit(called(wrappers.get(name).body, '    '));
    }
  };
  visit(called(rest, ''));
  return eager;
}

/**
 * Takes a bundle apart that esbuild wrote without minifying. Gives back its text with as many lines as before, and the chunks as
 * [{ name, text, source }], minified with these options of esbuild.
 */
export async function split(name, bundle, minified) {
  if (/\b__esm\(/.test(bundle)) throw new Error(`${name}: ${/__esm\(\{\n *"([^"]+)"/.exec(bundle)?.[1]} has modules of the language, which share variables; it cannot be lazy`);
  const wrappers = new Map();
  for (const [whole, wrapper, source, exports, module, body] of bundle.matchAll(WRAPPER)) {
    wrappers.set(wrapper, { whole, source, exports, module, body });
  }
  const rest = bundle.replace(WRAPPER, (whole) => whole.replace(/[^\n]+/g, ''));
  const eager = eagerly(wrappers, rest);
  const apart = [...wrappers].filter(([wrapper, { body }]) => !eager.has(wrapper) && body.length >= SMALLEST);
  let text = bundle;
  const chunks = await Promise.all(apart.map(async ([wrapper, { whole, source, exports, module, body }], at) => {
    const chunk = `${name}~${at + 1}`;
    const shared = [...new Set(body.match(SHARED))].filter((used) => `\n${bundle}`.includes(`\nvar ${used} = `)).join(', ');
    const lines = whole.split('\n').length - 1;
    const parameters = [exports, module].filter(Boolean).join(', ');
    text = text.replace(whole, () => `var ${wrapper} = __commonJS({ "${source}"(${parameters}) { `
      + `host.chunk("${chunk}")(require, void 0, void 0, host)(${shared})(${parameters}); } });${'\n'.repeat(lines)}`);
    // As an expression of its own, or esbuild would take the return for a mistake.
    const { code } = await transform(`chunk = (${shared}) => function (${parameters}) {\n${body}\n};`, minified);
    return { name: chunk, text: code.trimEnd().replace(/^chunk\s*=/, 'return '), source };
  }));
  return { text, chunks };
}
