// What names.mjs promises: every name as esbuild keeps it, as many lines as before, and no call where the name is there anyway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { named } from './names.mjs';

const FORMS = `
const arrow = (x) => x, other = (y) => y;
const several = (x) => {
  return () => x;
};
const single = x => x;
const anonymous = function () { return 1; };
const waiting = async (x) => x;
const waitingToo = async function () { return 2; };
const stepping = function* () { yield 1; };
const same = function same() { return 3; };
const recursive = function recursive(n) { return n ? recursive(n - 1) : recursive.name; };
const waitingSame = async function waitingSame() { return waitingSame.name; };
const steppingSame = function* steppingSame() { yield steppingSame.name; };
const alias = function differently() { return 4; };
function declared() {}
function outer() { function declared() {} return declared; }
const hiding = () => { const arrow = () => 1; return arrow; };
class Plain { static make() { return new Plain(); } }
class Derived extends Plain { constructor() { super(); } }
const Assigned = class { static x = 1; };
const AssignedSame = class AssignedSame { static make() { return AssignedSame; } };
const AssignedOther = class Differently {};
class OwnName { static name = 'chosen'; }
const holder = {};
holder.Member = class {};
holder.member = () => {};
holder.Named = class Named {};
const returned = () => { return class Returned {}; };
const all = { arrow, other, several, single, anonymous, waiting, waitingToo, stepping, same, recursive, waitingSame, steppingSame, alias, declared,
  inner: outer(), hidden: hiding(), Plain, Derived, Assigned, AssignedSame, AssignedOther, OwnName, Member: holder.Member, member: holder.member, Named: holder.Named, Returned: returned(),
  property: () => 1, method() {}, called: recursive(2) };
`;

const namesOf = (code) => {
  const all = runInNewContext(`${code}\nall`);
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, typeof value === 'function' ? value.name : value]));
};
const keeping = async (source) => (await transform(source, { keepNames: true, target: 'esnext' })).code;
const calls = (code) => code.split('__name(').length - 1;

test('every name is what it was, also when the text is minified afterwards', async () => {
  const kept = await keeping(FORMS);
  const spared = named(kept);
  assert.deepEqual(namesOf(spared), namesOf(FORMS), 'as in the source');
  const { code } = await transform(spared, { minifyWhitespace: true, minifySyntax: true, target: 'esnext' });
  assert.deepEqual(namesOf(code), namesOf(FORMS));
});

test('the text has as many lines as before, so that its source map holds', async () => {
  const kept = await keeping(FORMS);
  const [before, after] = [kept, named(kept)].map((text) => text.split('\n'));
  assert.equal(after.length, before.length);
  const place = (lines) => lines.findIndex((line) => line.startsWith('const all = '));
  assert.equal(place(after), place(before));
});

test('calls go where the name is there anyway and stay where it is not', async () => {
  for (const [source, left] of [
    ['function f() {}', 0],
    ['const f = (a) => a;', 0],
    ['const f = (a) => {\n  return a;\n};', 0],
    ['class A { m() {} }', 0],
    ['const A = class { m() {} };', 0],
    ['const f = function f() { return 1; };', 0],
    ['const f = function f() { return f; };', 1],
    ['const A = class A { m() { return A; } };', 1],
    ['const A = class B { m() {} };', 1],
    ['f.A = class A { m() {} };', 1],
    ['function f() {}\nfunction g() { function f() {} return f; }', 1],
  ]) {
    const spared = named(await keeping(source));
    // One is the function itself.
    assert.equal(calls(spared.replace(/^var __name = .*$/m, '')), left, spared);
  }
});

test('a function that is named already is not named again', () => {
  const helper = 'var __defProp = Object.defineProperty;\nvar __name = (target, value) => __defProp(target, "name", { value, configurable: true });';
  const frozen = `${named(helper)}\nconst f = Object.freeze(function f() {});\nvar all = { f: __name(f, "f"), g: __name(function () {}, "g") };`;
  assert.deepEqual(namesOf(frozen), { f: 'f', g: 'g' });
});

test('text without names to keep is left alone', () => {
  const text = 'var a = 1;\nfunction f() {\n  return "__name(f)";\n}\n';
  assert.equal(named(text), text);
});
