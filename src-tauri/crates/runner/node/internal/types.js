// util.types: by internal slots where JavaScript can reach them, by the engine for the rest.
'use strict';
const { native } = host;

const holds = (test) => (value) => {
  if (value === null || typeof value !== 'object') return false;
  try {
    test(value);
    return true;
  } catch {
    return false;
  }
};
const getter = (Class, key) => Object.getOwnPropertyDescriptor(Class.prototype, key).get;
const call = (method) => (value, ...values) => Reflect.apply(method, value, values);
const tag = (value) => Object.prototype.toString.call(value);
const typedName = call(getter(Object.getPrototypeOf(Uint8Array), Symbol.toStringTag));

const isMap = holds(call(getter(Map, 'size')));
const isSet = holds(call(getter(Set, 'size')));
const isDate = holds(call(Date.prototype.getTime));
const isArrayBuffer = holds(call(getter(ArrayBuffer, 'byteLength')));
const isSharedArrayBuffer = typeof SharedArrayBuffer === 'undefined' ? () => false : holds(call(getter(SharedArrayBuffer, 'byteLength')));
const isRegExp = (value) => value !== null && typeof value === 'object' && tag(value) === '[object RegExp]' && value !== RegExp.prototype;
const isNativeError = (value) => host.engine.isError(value);
const isPromise = (value) => native.promiseDetails(value) !== undefined;
const isProxy = (value) => native.proxyDetails(value) !== undefined;
const isNumberObject = holds(call(Number.prototype.valueOf));
const isStringObject = holds(call(String.prototype.valueOf));
const isBooleanObject = holds(call(Boolean.prototype.valueOf));
const isBigIntObject = holds(call(BigInt.prototype.valueOf));
const isSymbolObject = holds(call(Symbol.prototype.valueOf));
const kindOf = (...names) => (value) => typeof value === 'function' && names.includes(Object.getPrototypeOf(value)?.[Symbol.toStringTag]);

const types = {
  isExternal: () => false,
  isDate,
  isArgumentsObject: (value) => value !== null && typeof value === 'object' && !(Symbol.toStringTag in value) && tag(value) === '[object Arguments]',
  isBigIntObject, isBooleanObject, isNumberObject, isStringObject, isSymbolObject,
  isBoxedPrimitive: (value) => isNumberObject(value) || isStringObject(value) || isBooleanObject(value) || isBigIntObject(value) || isSymbolObject(value),
  isNativeError, isRegExp,
  isAsyncFunction: kindOf('AsyncFunction', 'AsyncGeneratorFunction'),
  isGeneratorFunction: kindOf('GeneratorFunction', 'AsyncGeneratorFunction'),
  isGeneratorObject: (value) => value !== null && typeof value === 'object' && /^\[object (Async)?Generator\]$/.test(tag(value)),
  isPromise, isMap, isSet,
  isMapIterator: (value) => value !== null && typeof value === 'object' && tag(value) === '[object Map Iterator]',
  isSetIterator: (value) => value !== null && typeof value === 'object' && tag(value) === '[object Set Iterator]',
  isWeakMap: holds((value) => call(WeakMap.prototype.has)(value, {})),
  isWeakSet: holds((value) => call(WeakSet.prototype.has)(value, {})),
  isArrayBuffer,
  isDataView: holds(call(getter(DataView, 'byteLength'))),
  isSharedArrayBuffer, isProxy,
  isModuleNamespaceObject: () => false,
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: (value) => ArrayBuffer.isView(value) && typedName(value) !== undefined,
  isCryptoKey: (value) => value !== null && typeof value === 'object' && tag(value) === '[object CryptoKey]' && require('internal/crypto-web-key').isCryptoKey(value),
  // The tag first: what has it has loaded the class already.
  isKeyObject: (value) => value !== null && typeof value === 'object' && tag(value) === '[object KeyObject]' && value instanceof require('crypto').KeyObject,
};
for (const name of ['Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']) {
  types[`is${name}`] = (value) => ArrayBuffer.isView(value) && typedName(value) === name;
}
module.exports = types;
