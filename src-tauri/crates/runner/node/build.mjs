// Bundles the Node surface: one file per module of modules.mjs in dist/, dist/modules.json for people, and dist/table.rs, the same
// table for src/shims.rs. Beside each bundle lies its source map, which tells surface.mjs whose code a function is.
//
// Each bundle is a CommonJS text; build.rs compiles it as the body of `(function (require, module, exports, host) { … })` to
// bytecode, loaded at the first `require`. Modules of the table are external to each other. A `/` in a module's name is a `+` in
// its file's name.
import { build, transform } from 'esbuild';
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { split } from './chunks.mjs';
import { requiringLazily } from './lazy.mjs';
import { modules, unavailable } from './modules.mjs';
import { named } from './names.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, 'dist');
const require = createRequire(import.meta.url);
const names = new Set(modules.map((module) => module.name));
const fileOf = (name) => `${name.replaceAll('/', '+')}.js`;

/** Leaves other table modules to our `require`, takes `package/` from npm, and swaps what the table says. */
const surface = (module) => ({
  name: 'surface',
  setup({ onResolve, onLoad }) {
    // Sources in a package of the language's own modules that `transform` makes CommonJS: by the package they would not be that.
    const located = (file) => (module.commonjs?.test(file.replaceAll('\\', '/'))
      ? { path: path.relative(here, file).replaceAll('\\', '/'), namespace: 'commonjs' } : { path: file });
    const load = async (file) => {
      const source = await readFile(file, 'utf8');
      const edited = module.transform ? module.transform(source, file) : source;
      const contents = module.lazy ? await requiringLazily(edited, module.lazy.eager) : edited;
      return { contents, loader: 'js', resolveDir: path.dirname(file) };
    };
    onResolve({ filter: /.*/ }, ({ path: wanted, kind, importer, resolveDir }) => {
      if (kind === 'entry-point') return undefined;
      const replaced = module.replace?.[wanted];
      if (replaced) return names.has(replaced) ? { path: replaced, external: true } : located(path.join(here, replaced));
      const name = wanted.replace(/^node:/, '').replace(/\/$/, '');
      const own = importer.startsWith(here) && !importer.includes('node_modules');
      if (wanted.endsWith('/') && own) return { path: require.resolve(`${name}/`, { paths: [here] }) };
      if (names.has(name) && name !== module.name) return { path: name, external: true };
      if (module.builtin && !own && name === module.name) return { path: name, external: true };
      const beside = wanted.startsWith('.') ? located(path.resolve(resolveDir, wanted)) : {};
      return beside.namespace ? beside : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'commonjs' }, ({ path: file }) => load(path.join(here, file)));
    if (module.transform || module.lazy) {
      onLoad({ filter: /node_modules.*\.[cm]?js$/ }, ({ path: file }) => load(file));
    }
  },
});

const written = new Set();

/** Writes a file of `dist` whole or not at all; one that stays the same is not touched, so that cargo rebuilds nothing for it. */
async function put(name, text) {
  written.add(name);
  const file = path.join(dist, name);
  if (await readFile(file, 'utf8').catch(() => null) === text) return;
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
}

const minified = { minifyWhitespace: true, minifySyntax: true, target: 'esnext', legalComments: 'none', logLevel: 'error', sourcesContent: false };

/** The bundle's text, not minified, and the comment that holds its source map. */
async function bundled(module) {
  const entry = module.entry.startsWith('./') ? path.join(here, module.entry)
    : require.resolve(module.entry, { paths: [here] });
  const part = `module.exports = require('${module.entry}')${module.part ? `.${module.part}` : ''};`;
  const result = await build({
    ...(module.part === undefined ? { entryPoints: [entry] } : { stdin: { contents: part, resolveDir: here, sourcefile: entry } }),
    absWorkingDir: here,
    bundle: true,
    write: false,
    outfile: path.join(dist, fileOf(module.name)),
    sourcemap: 'inline',
    sourcesContent: false,
    // Whole packages rarely show their functions' names.
    keepNames: module.status !== 'package',
    format: 'cjs',
    platform: 'node',
    target: 'esnext',
    legalComments: 'none',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.READABLE_STREAM': '"disable"', __dirname: '"/"' },
    plugins: [surface(module)],
  });
  const [, text, map] = /^([\s\S]*\n)(\/\/# sourceMappingURL=\S+)\s*$/.exec(result.outputFiles[0].text);
  return { text: named(text), map };
}

/** The text less its chunks, which are written. */
async function withoutChunks(module, whole) {
  const { text, chunks } = await split(module.name, whole, minified);
  for (const chunk of chunks) {
    await put(fileOf(chunk.name), `${chunk.text}\n`);
    // A chunk is one file of the package.
    await put(`${fileOf(chunk.name)}.map`, `${JSON.stringify({ version: 3, sources: [`../${chunk.source}`], names: [], mappings: 'AAAA' })}\n`);
  }
  return text;
}

async function bundle(module) {
  const { text, map } = await bundled(module);
  const whole = module.lazy ? await withoutChunks(module, text) : text;
  // Names stay: scripts see them in classes, functions and stacks.
  const result = await transform(`${whole}${map}`, { ...minified, sourcemap: 'external', sourcefile: module.name });
  const body = result.code.trimEnd();
  await put(fileOf(module.name), `${body}\n`);
  await put(`${fileOf(module.name)}.map`, `${result.map.trimEnd()}\n`);
  return {
    name: module.name,
    file: fileOf(module.name),
    internal: module.internal ?? false,
    builtin: module.builtin ?? false,
    status: module.status ?? 'internal',
    package: module.package ?? null,
    version: module.version ?? (module.package ? require(path.join(here, 'node_modules', module.package, 'package.json')).version : null),
    differences: module.differences ?? [],
    bytes: body.length,
  };
}

const started = Date.now();
await mkdir(dist, { recursive: true });
const table = await Promise.all(modules.map(bundle));
await put('modules.json', `${JSON.stringify({ modules: table, unavailable }, null, 1)}\n`);
const text = JSON.stringify;
const rust = [
  '// Written by node/build.mjs from node/modules.mjs.',
  '/// Every module of the surface, internal pieces included.',
  'pub(crate) static TABLE: &[Module] = &[',
  ...table.map(({ name, internal, builtin, package: npm, version }) => '    Module { '
    + `name: ${text(name)}, internal: ${internal}, builtin: ${builtin}, `
    + `stands_for: ${text(npm && !builtin ? `${npm} ${version}` : '')} },`),
  '];',
  '/// Names that are no mistake but will never be there, with the reason.',
  'pub(crate) static UNAVAILABLE: &[(&str, &str)] = &[',
  ...Object.entries(unavailable).map(([name, reason]) => `    (${text(name)}, ${text(reason)}),`),
  '];',
  '',
];
await put('table.rs', rust.join('\n'));
// xtask looks at its age to see whether to bundle again.
await utimes(path.join(dist, 'modules.json'), new Date(), new Date());
const stale = (await readdir(dist)).filter((name) => !written.has(name) && /\.(js|map|json|rs)$/.test(name));
await Promise.all(stale.map((name) => rm(path.join(dist, name), { force: true })));
console.log(`node surface: ${table.length} bundles, ${Math.round(table.reduce((sum, { bytes }) => sum + bytes, 0) / 1024)} KiB, ${Date.now() - started} ms`);
