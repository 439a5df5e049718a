// What the engine has and a runtime of the platform has not: taken away, so that a script cannot come to depend on it.
// The lists are the difference between the engine and Node 22.14.0 (V8 12.4), and Node 18.20.8 (V8 10.2), property by property.
'use strict';

const TypedArray = Object.getPrototypeOf(Uint8Array);
const { Iterator } = globalThis;

/** [owner, names] of what Node 22 does not have. */
const BEYOND_22 = [
  [globalThis, 'AsyncDisposableStack DisposableStack Float16Array SuppressedError'],
  [Promise, 'try'],
  [RegExp, 'escape'],
  [Error, 'isError'],
  [Map.prototype, 'getOrInsert getOrInsertComputed'],
  [WeakMap.prototype, 'getOrInsert getOrInsertComputed'],
  [ArrayBuffer.prototype, 'immutable sliceToImmutable transferToImmutable'],
  [DataView.prototype, 'getFloat16 setFloat16'],
  [Uint8Array, 'fromBase64 fromHex'],
  [Uint8Array.prototype, 'setFromBase64 setFromHex toBase64 toHex'],
  [Math, 'f16round sumPrecise'],
  [Atomics, 'pause'],
  [Iterator, 'concat zip zipKeyed'],
  [Iterator.prototype, 'chunks includes join windows'],
  [Iterator.prototype, Symbol.dispose],
];

/** [owner, names] of what Node 22 has and Node 18 does not. */
const BEYOND_18 = [
  [globalThis, 'CustomEvent File Iterator crypto navigator'],
  [Object, 'groupBy'],
  [Array, 'fromAsync'],
  [Array.prototype, 'toReversed toSorted toSpliced with'],
  [TypedArray.prototype, 'toReversed toSorted with'],
  [String.prototype, 'isWellFormed toWellFormed'],
  [Promise, 'withResolvers'],
  [RegExp.prototype, 'unicodeSets'],
  [Map, 'groupBy'],
  [Set.prototype, 'difference intersection isDisjointFrom isSubsetOf isSupersetOf symmetricDifference union'],
  [ArrayBuffer.prototype, 'detached maxByteLength resizable resize transfer transferToFixedLength'],
  [SharedArrayBuffer.prototype, 'grow growable maxByteLength'],
  [JSON, 'isRawJSON rawJSON'],
  [Iterator.prototype, 'constructor drop every filter find flatMap forEach map reduce some take toArray'],
];

function remove(lists) {
  for (const [owner, names] of lists) {
    for (const name of typeof names === 'symbol' ? [names] : names.split(' ')) Reflect.deleteProperty(owner, name);
  }
}

exports.onlyNode22 = () => remove(BEYOND_22);
exports.onlyNode18 = () => remove(BEYOND_18);
