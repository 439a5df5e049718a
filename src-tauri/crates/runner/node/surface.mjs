// The surface table: every module and global with its functions, each with its own status, and what is known to differ.
//
// node surface.mjs ORACLE < listings
//
// ORACLE is the folder with the real npm packages (tests/fixtures/parity). Listings come from the sandbox, made by
// surface-listing.js: {modules: {name: listing}, globals: listing}. The same listing is made here, of real
// Node and of the real packages. Prints {json, markdown, node}: the texts of surface.json and SURFACE.md, and the version of Node. tests/tests/surface.rs runs this;
// `cargo xtask surface` writes the files.
//
// A function's status:
//   real      the npm package's own code; in a bridged module it works over our transport or our natives
//   polyfill  an npm polyfill of one of Node's own modules
//   bridged   our code, the engine's, or a native function
//   absent    real Node has it, the sandbox has not
//   extra     the sandbox has it, real Node (of this version) has not
import { readFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import implicit from './internal/implicit-globals.cjs';
import { modules, unavailable } from './modules.mjs';
import { globalDifferences } from './surface-globals.mjs';
import { knownDifferences } from './surface-differences.mjs';
import { markdown } from './surface-page.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, 'dist');
const oracle = path.resolve(process.argv[2]);
const given = JSON.parse(readFileSync(0, 'utf8'));
const table = JSON.parse(readFileSync(path.join(dist, 'modules.json'), 'utf8')).modules;

/** What a name of the contract is, which real Node cannot know (contract §4, §5.3, §7.1). */
const OF_THE_CONTRACT = ['configuration', 'WrongUsernameOrPasswordError', 'ValidationError', 'UnauthorizedError', 'require'];

// `(function (require, module, exports, host) {` stands before a bundle's first line.
const wrapper = '(function (require, module, exports, host) {'.length;
const maps = new Map();

/** The source a function of a bundle comes from: from npm, or ours. */
function fromNpm([file, line, column]) {
  const bundle = file.replace(/^sluice:/, '');
  if (bundle === 'prelude') return false;
  if (!maps.has(bundle)) {
    maps.set(bundle, new SourceMap(JSON.parse(readFileSync(path.join(dist, `${bundle.replaceAll('/', '+')}.js.map`), 'utf8'))));
  }
  const { originalSource } = maps.get(bundle).findEntry(line - 1, column - 1 - (line === 1 ? wrapper : 0));
  return originalSource?.includes('node_modules') ?? false;
}

function statusOf(place, { builtin, status }) {
  // The engine's own functions, and functions bound to an object.
  if (!place) return builtin || status === 'bridged' ? 'bridged' : 'real';
  if (!fromNpm(place)) return 'bridged';
  return builtin ? 'polyfill' : 'real';
}

const listingText = readFileSync(path.join(here, 'surface-listing.js'), 'utf8');

/** The listing of a module in real Node; none when it is not there. */
function real(name) {
  // What a package prints at load is not the answer.
  let listed;
  const require = createRequire(path.join(oracle, 'script.js'));
  const list = new Function('require', `return (${listingText})`)(require);
  try {
    list(name, (_error, listing) => { listed = listing; });
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
  }
  return listed;
}

const order = (left, right) => (left < right ? -1 : Number(left > right));

/** `C#m` and `C.m` belong to C. */
const ownerOf = (name) => /^([^#.]+)[#.]/.exec(name)?.[1];

/** Functions by name, each with its status. */
function functions(ours, theirs, module) {
  const places = new Map(ours.map(([name, , place]) => [name, place]));
  const known = new Set(theirs?.map(([name]) => name));
  const told = new Map();
  const refused = new Set(module.refuses);
  for (const [name, own] of theirs ?? []) {
    if (own) told.set(name, places.has(name) && !refused.has(ownerOf(name) ?? name) ? statusOf(places.get(name), module) : 'absent');
  }
  for (const [name, own, place] of ours) {
    if (!own || told.has(name)) continue;
    if (!theirs) told.set(name, statusOf(place, module));
    else if (!known.has(name) && !ownerOf(name)) told.set(name, 'extra');
  }
  // What is absent as a whole is one line; of a class whose instances get their methods when they are made, nothing is known.
  for (const name of [...told.keys()]) {
    const owner = ownerOf(name);
    if (!owner || told.get(name) !== 'absent') continue;
    if (told.get(owner) === 'absent') told.delete(name);
    else if (![...told].some(([other, status]) => ownerOf(other) === owner && status !== 'absent')) {
      told.delete(name);
      if (!told.has(owner)) told.set(owner, 'absent');
    }
  }
  return Object.fromEntries([...told].sort(([left], [right]) => order(left, right)));
}

/** What a module has only to say that it is not to be had. */
function refusedBy(name, ours) {
  const refused = modules.find((module) => module.name === name).refuses ?? [];
  const unknown = refused.filter((wanted) => !ours.some(([known]) => known === wanted));
  if (unknown.length > 0) throw new Error(`${name} does not have ${unknown.join(', ')}: mend \`refuses\` in the table of modules`);
  return refused;
}

// Before packages load: some put names of their own beside Node's.
const nodeGlobals = real('');
const differences = knownDifferences(oracle, table.filter(({ internal }) => !internal).map(({ name }) => name));
const rows = table.filter(({ internal }) => !internal).sort((left, right) => order(left.name, right.name)).map((module) => {
  const ours = given.modules[module.name];
  if (!ours) throw new Error(`no listing of ${module.name}`);
  return {
    name: module.name,
    kind: module.builtin ? 'builtin' : 'package',
    status: module.status,
    package: module.package,
    version: module.version,
    functions: functions(ours, real(module.name), { ...module, refuses: refusedBy(module.name, ours) }),
    differences: [...module.differences, ...(differences.get(module.name) ?? [])],
  };
});

/** Names of the global object, each with its functions. */
function globals() {
  const theirs = nodeGlobals;
  const names = (listing) => new Set(listing.map(([name]) => name).filter((name) => !ownerOf(name)));
  const [here, there] = [names(given.globals), names(theirs)];
  const language = new Set(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)').filter((name) => !['WebAssembly', 'console'].includes(name)));
  const part = (listing, name) => listing.filter(([path]) => path === name || ownerOf(path) === name);
  const all = [];
  const tell = (name, kind, more) => all.push({ name, kind, status: 'bridged', functions: {}, differences: globalDifferences[name] ?? [], ...more });
  for (const [name, [instead]] of Object.entries(implicit)) {
    tell(name, 'implicit', { status: here.has(name) ? 'bridged' : 'absent', module: /require\('([^']+)'\)/.exec(instead)?.[1] ?? null });
  }
  for (const name of OF_THE_CONTRACT) tell(name, 'contract');
  for (const name of there) {
    if (all.some((row) => row.name === name)) continue;
    const kind = language.has(name) ? 'language' : 'global';
    const module = rows.find((row) => row.name === name && row.kind === 'builtin')?.name;
    if (!here.has(name)) tell(name, kind, { status: 'absent' });
    else if (module && name !== 'crypto') tell(name, kind, { module });
    else {
      const table = functions(part(given.globals, name), part(theirs, name), { builtin: true });
      // What the language itself brings is told only where something is missing.
      if (kind === 'language' && !Object.values(table).includes('absent') && !globalDifferences[name]) continue;
      tell(name, kind, { status: Object.values(table).includes('polyfill') ? 'polyfill' : 'bridged', functions: table });
    }
  }
  return all.sort((left, right) => order(left.name, right.name));
}

const [major, minor] = process.versions.node.split('.');
const surface = {
  node: `${major}.${minor}`,
  modules: rows,
  globals: globals(),
  elsewhere: differences.get('') ?? [],
  unavailable,
};
const lines = (items) => items.map((item) => JSON.stringify(item)).join(',\n');
const json = `{"node":${JSON.stringify(surface.node)},
"modules":[
${lines(surface.modules)}
],
"globals":[
${lines(surface.globals)}
],
"elsewhere":${JSON.stringify(surface.elsewhere)},
"unavailable":${JSON.stringify(surface.unavailable, null, 1)}}
`;
process.stdout.write(JSON.stringify({ json, markdown: markdown(surface), node: surface.node }), () => process.exit(0));
