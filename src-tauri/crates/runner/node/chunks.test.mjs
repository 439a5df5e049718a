// What chunks.mjs promises: a bundle that is taken apart does what it did whole, and reads what it does not need later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { split } from './chunks.mjs';

const MINIFIED = { minifyWhitespace: true, minifySyntax: true, target: 'esnext', legalComments: 'none', logLevel: 'error' };
/** As much text as makes a file worth a chunk. */
const BULK = `exports.bulk = [${Array.from({ length: 80 }, (_, at) => `'entry ${at}'`).join(', ')}];\n`;

/** The bundle of these files as build.mjs makes it before it is minified. */
async function bundle(files) {
  const names = Object.keys(files);
  const inMemory = {
    name: 'in-memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path }) => {
        const name = path.replace('./', '');
        return names.includes(name) ? { path: name, namespace: 'memory' } : { path, external: true };
      });
      onLoad({ filter: /.*/, namespace: 'memory' }, ({ path }) => ({ contents: files[path] }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: [names[0]], bundle: true, write: false, format: 'cjs', platform: 'node', target: 'esnext', keepNames: true, logLevel: 'error', plugins: [inMemory],
  });
  return outputFiles[0].text;
}

/** Runs a text as the runner does. `read` names the chunks that were read, `log` what the files did, both in order. */
function run(text, chunks = []) {
  const read = [];
  const log = [];
  const compile = (source) => runInNewContext(`(function (require, module, exports, host) {${source}\n})`, { log: (word) => log.push(word) });
  const chunk = (name) => {
    read.push(name);
    return compile(chunks.find((one) => one.name === name).text);
  };
  const module = { exports: {} };
  compile(text)((name) => ({ outer: name }), module, module.exports, { chunk });
  return { exports: module.exports, read, log };
}

async function apart(files) {
  const whole = await bundle(files);
  const { text, chunks } = await split('pack', whole, MINIFIED);
  assert.equal(text.split('\n').length, whole.split('\n').length, 'as many lines as before');
  return { whole: run(whole), parts: run(text, chunks), chunks, text };
}

test('what loads at once stays, what loads later is a chunk, small files are none', async () => {
  const { parts, chunks } = await apart({
    'main.js': "require('./soon.js'); exports.late = () => { return require('./late.js').bulk.length; }; exports.small = () => require('./small.js').x;",
    'soon.js': `log('soon'); ${BULK}`,
    'late.js': `log('late'); ${BULK}`,
    'small.js': 'exports.x = 1;',
  });
  assert.deepEqual(chunks.map(({ name, source }) => [name, source]), [['pack~1', 'memory:late.js']]);
  assert.deepEqual([parts.read, parts.log], [[], ['soon']]);
  assert.deepEqual([parts.exports.small(), parts.exports.late(), parts.exports.late()], [1, 80, 80]);
  assert.deepEqual([parts.read, parts.log], [['pack~1'], ['soon', 'late']], 'read once, run once');
});

test('side effects keep their order over several chunks, and what is outside is required as before', async () => {
  const files = {
    'main.js': "log('main'); exports.go = () => { const { b } = require('./a.js'); log('between'); return [b(), require('outside').outer]; };",
    'a.js': `log('a begins'); const b = require('./b.js'); log('a ends'); exports.b = () => { return b.name + require('./c.js').name; }; ${BULK}`,
    'b.js': `log('b'); exports.name = 'b'; ${BULK}`,
    'c.js': `log('c'); exports.name = 'c'; ${BULK}`,
  };
  const { whole, parts, chunks } = await apart(files);
  assert.equal(chunks.length, 3);
  assert.deepEqual([...parts.exports.go()], ['bc', 'outside']);
  whole.exports.go();
  assert.deepEqual(parts.log, whole.log);
  assert.deepEqual(parts.log, ['main', 'a begins', 'b', 'a ends', 'between', 'c']);
});

test('files that require each other see what they would see whole', async () => {
  const { whole, parts, chunks } = await apart({
    'main.js': "exports.go = () => { return require('./a.js'); };",
    'a.js': `exports.early = 1; const b = require('./b.js'); exports.seen = b.seen; exports.late = () => b.now(); exports.after = 2; ${BULK}`,
    'b.js': `const a = require('./a.js'); exports.seen = Object.keys(a); exports.now = () => Object.keys(a); ${BULK}`,
  });
  assert.equal(chunks.length, 2);
  const [one, other] = [whole.exports.go(), parts.exports.go()];
  assert.deepEqual([...other.seen], ['early']);
  assert.deepEqual([...other.late()], [...one.late()]);
});

test('re-exports, module.exports, strictness, an early return and names are kept', async () => {
  const { parts, chunks } = await apart({
    'main.js': "exports.go = () => { return require('./index.js'); };",
    'index.js': `Object.assign(exports, require('./parts.js')); exports.Whole = require('./whole.js'); exports.returned = require('./returns.js').value; ${BULK}`,
    'parts.js': `"use strict"; exports.strict = (function () { return this === undefined; })(); exports.self = module.exports === exports; exports.top = this === exports; ${BULK}`,
    'whole.js': `${BULK} module.exports = class Whole { static made() { return new Whole(); } };`,
    'returns.js': `${BULK} exports.value = 1; if (exports.bulk.length) return; exports.value = 2;`,
  });
  assert.equal(chunks.length, 4);
  const found = parts.exports.go();
  assert.deepEqual([found.strict, found.self, found.top, found.returned, found.bulk.length], [true, true, true, 1, 80]);
  assert.deepEqual([found.Whole.name, found.Whole.made().constructor.name], ['Whole', 'Whole']);
});

test('a file that throws while it loads throws out of its require, each time', async () => {
  const { whole, parts } = await apart({
    'main.js': "exports.go = () => { try { return require('./bad.js'); } catch (error) { return error.message; } };",
    'bad.js': `log('bad'); ${BULK} throw new Error('not today');`,
  });
  for (const { exports, log } of [whole, parts]) {
    assert.equal(exports.go(), 'not today');
    exports.go();
    assert.deepEqual([log[0], log.length], ['bad', whole.log.length]);
  }
});

test('a wrapper that runs from another that runs at once is no chunk', async () => {
  const { chunks, parts } = await apart({
    'main.js': "const a = require('./a.js'); exports.a = a;",
    'a.js': `const b = require('./b.js'); exports.b = b; ${BULK}`,
    'b.js': `exports.late = () => { return require('./c.js'); }; ${BULK}`,
    'c.js': `exports.c = 1; ${BULK}`,
  });
  assert.deepEqual(chunks.map(({ source }) => source), ['memory:c.js']);
  assert.equal(parts.exports.a.b.late().c, 1);
});

test('modules of the language, which share variables, are refused by name', async () => {
  const whole = await bundle({
    'main.js': "exports.go = () => require('./shared.mjs');",
    'shared.mjs': `export let count = 0; export const add = () => { count += 1; };`,
  });
  await assert.rejects(split('pack', whole, MINIFIED), /^Error: pack: memory:shared\.mjs has modules of the language.*cannot be lazy/);
});
