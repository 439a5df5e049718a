// Bundles the Node surface: one file per module of modules.mjs in dist/, and dist/modules.json, which build.rs reads.
//
// Each bundle is an ES module whose default export is a CommonJS wrapper `(exports, require, module, host) => …`, so that
// QuickJS can keep it as bytecode and load it at the first `require`. Modules of the table are external to each other.
import { build } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { modules, unavailable } from './modules.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, 'dist');
const require = createRequire(import.meta.url);
const names = new Set(modules.map((module) => module.name));
const fileOf = (name) => `${name.replace(/[^a-z0-9_]+/g, '-')}.js`;

/** Leaves other table modules to our `require`, takes `package/` from npm, and swaps what the table says. */
const surface = (module) => ({
  name: 'surface',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path: wanted, kind, importer }) => {
      if (kind === 'entry-point') return undefined;
      const replaced = module.replace?.[wanted];
      if (replaced) return { path: path.join(here, replaced) };
      const name = wanted.replace(/^node:/, '').replace(/\/$/, '');
      const own = importer.startsWith(here) && !importer.includes('node_modules');
      if (wanted.endsWith('/') && own) return { path: require.resolve(`${name}/`, { paths: [here] }) };
      if (names.has(name) && name !== module.name) return { path: name, external: true };
      if (module.builtin && !own && name === module.name) return { path: name, external: true };
      return undefined;
    });
    if (module.transform) {
      onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path: file }) => ({
        contents: module.transform(await readFile(file, 'utf8'), file),
        loader: 'js',
      }));
    }
  },
});

async function bundle(module) {
  const entry = module.entry.startsWith('./') ? path.join(here, module.entry)
    : require.resolve(module.entry, { paths: [here] });
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: here,
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    format: 'cjs',
    platform: 'node',
    target: 'es2023',
    legalComments: 'none',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.READABLE_STREAM': '"disable"', __dirname: '"/"' },
    plugins: [surface(module)],
  });
  const body = result.outputFiles[0].text.replace(/^"use strict";/, '');
  await writeFile(path.join(dist, fileOf(module.name)), `export default function(exports,require,module,host){${body}}\n`);
  return {
    name: module.name,
    file: fileOf(module.name),
    internal: module.internal ?? false,
    builtin: module.builtin ?? false,
    status: module.status ?? 'internal',
    package: module.package ?? null,
    version: module.package ? require(path.join(here, 'node_modules', module.package, 'package.json')).version : null,
    bytes: body.length,
  };
}

const started = Date.now();
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const table = await Promise.all(modules.map(bundle));
await writeFile(path.join(dist, 'modules.json'), `${JSON.stringify({ modules: table, unavailable }, null, 1)}\n`);
console.log(`node surface: ${table.length} bundles, ${Math.round(table.reduce((sum, { bytes }) => sum + bytes, 0) / 1024)} KiB, ${Date.now() - started} ms`);
