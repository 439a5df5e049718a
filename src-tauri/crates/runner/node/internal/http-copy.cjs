// In place of stealthy-require: the packages of request-promise have a copy of `request` each, so that a script's own stays as it is.
// The copy is made from the bundle of `request`.
'use strict';
module.exports = () => {
  const copy = { exports: {} };
  host.chunk('request')(require, copy, copy.exports, host);
  return copy.exports;
};
