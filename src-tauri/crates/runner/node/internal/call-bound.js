// `Object.prototype.toString` as a function of its receiver.
'use strict';
module.exports = (name) => {
  const path = name.split('.');
  let method = globalThis;
  for (const key of path) method = method[key];
  return (self, ...values) => Reflect.apply(method, self, values);
};
