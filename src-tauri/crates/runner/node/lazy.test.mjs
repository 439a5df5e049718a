// What lazy.mjs promises, by running what it makes of a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { requiringLazily } from './lazy.mjs';

/** Files by name, each put off, as CommonJS does it. `seen` names what was loaded, in order. */
async function program(files, eager) {
  const texts = Object.fromEntries(await Promise.all(Object.entries(files).map(async ([name, text]) => [name, await requiringLazily(text, eager)])));
  const seen = [];
  const cache = {};
  const require = (name) => {
    if (!cache[name]) {
      seen.push(name);
      cache[name] = { exports: {} };
      runInNewContext(`(function (require, module, exports) {${texts[name]}\n})`)(require, cache[name], cache[name].exports);
    }
    return cache[name].exports;
  };
  return { require, seen, texts };
}

test('a module is loaded when it is first looked at, and once', async () => {
  const { require, seen } = await program({
    main: "const a = require('a');\nlet { b, c: renamed } = require('b');\nvar d = require('d').deep.value;\nmodule.exports = { a: () => a.x + a.x, b: () => [b, renamed, { b }.b], d: () => d };\n",
    a: 'exports.x = 1;',
    b: 'exports.b = 2; exports.c = 3;',
    d: 'exports.deep = { value: 4 };',
  });
  const main = require('main');
  assert.deepEqual(seen, ['main']);
  assert.equal(main.a(), 2);
  assert.deepEqual(seen, ['main', 'a']);
  assert.equal(main.d(), 4);
  assert.deepEqual([...main.b(), ...main.b()], [2, 3, 2, 2, 3, 2]);
  assert.deepEqual(seen, ['main', 'a', 'd', 'b']);
});

test('what is required for its effect, and what is eager, loads at once and in order', async () => {
  const { require, seen } = await program({
    main: "const late = require('late');\nconst soon = require('./soon');\nrequire('effect');\nexports.look = () => late;\n",
    late: '',
    './soon': '',
    effect: '',
  }, /^\.\//);
  require('main').look();
  assert.deepEqual(seen, ['main', './soon', 'effect', 'late']);
});

test('files that require each other find what the other has by the time they look', async () => {
  const { require } = await program({
    a: "const { later } = require('b');\nexports.before = 'a';\nexports.look = () => later;\n",
    b: "const a = require('a');\nexports.seen = () => a.before;\nexports.early = a.look();\nexports.later = 'b';\n",
  });
  const b = require('b');
  assert.equal(b.early, undefined, 'not there yet, and so not kept');
  assert.equal(require('a').look(), 'b');
  assert.equal(b.seen(), 'a');
});

test('re-exports and interop functions work as written', async () => {
  const { require } = await program({
    main: "const star = (value) => ({ ...value, marked: true });\nconst a = star(require('a'));\nexports.a = () => a.marked && a.x;\nObject.defineProperty(exports, 'x', { enumerable: true, get: function () { return a.x; } });\n",
    a: 'exports.x = 1;',
  });
  assert.deepEqual([require('main').a(), require('main').x], [1, 1]);
});

test('a called function is given no this, a method its own', async () => {
  const { require } = await program({
    main: "'use strict';\nconst f = require('f');\nconst { g } = require('o');\nconst o = require('o');\nmodule.exports = () => [f(), g(), o.g() === o, new f.Made() instanceof f.Made];\n",
    f: "'use strict';\nmodule.exports = function () { return this === undefined; };\nmodule.exports.Made = class {};",
    o: "'use strict';\nexports.g = function () { return this; };",
  });
  assert.deepEqual([...require('main')()], [true, undefined, true, true]);
});

test('an inner name hides the required one', async () => {
  const { require } = await program({
    main: "const a = require('a');\nexports.own = ({ a }) => a;\nexports.outer = () => a.x;\n",
    a: 'exports.x = 1;',
  });
  assert.deepEqual([require('main').own({ a: 5 }), require('main').outer()], [5, 1]);
});

for (const [what, text] of Object.entries({
  'set again': "let a = require('a');\na = 3;\n",
  'added to': "let a = require('a');\na += 3;\n",
  counted: "let a = require('a');\na++;\n",
  'set by a loop': "let a = require('a');\nfor (a of [1]) {}\n",
  'set in parts': "let a = require('a');\nf();\n[a] = [1];\n({ b: a } = {});\n",
  'declared twice': "var a = require('a');\nfunction a() {}\n",
  'part of a longer expression': "const a = require('a')\n  .x;\n",
  'one of several': "const a = require('a'), b = 2;\n",
  'given a default': "const { a = 3 } = require('a');\n",
  alternative: "const a = require('a') || 3;\n",
  'computed': "const a = require('a' + b);\n",
  indented: "if (b) {\n  const a = require('a');\n}\n",
  'inside a function': "function f() {\nconst a = require('a');\nreturn a;\n}\n",
  'inside a comment': "/*\nconst a = require('a');\n*/\n",
  'inside a text': "const t = `\nconst a = require('a');\n`;\n",
})) {
  test(`a require stays where it is when it is ${what}`, async () => {
    assert.equal(await requiringLazily(text), text);
  });
}

test('of two names only the one that is set stays', async () => {
  const { require, seen } = await program({
    main: "let a = require('a');\nconst b = require('b');\nexports.f = () => { a += 1; return [a, b.x]; };\n",
    a: 'module.exports = 1;',
    b: 'exports.x = 2;',
  });
  const { f } = require('main');
  assert.deepEqual(seen, ['main', 'a']);
  assert.deepEqual([...f()], [2, 2]);
});

test('a name of ours that the file has itself is refused', async () => {
  await assert.rejects(requiringLazily("const a = require('a');\nconst $lazy = 1;\nf(a, $lazy);\n"), /\$lazy/);
});
