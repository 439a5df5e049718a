// What superagent asks of semver: whether Node is of some version.
'use strict';
const parts = (version) => version.replace('v', '').split('.').map(Number);

function less(first, second) {
  const [a, b] = [parts(first), parts(second)];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && a[at] < b[at];
}
const gte = (first, second) => !less(first, second);

module.exports = Object.assign(gte, { gte, lt: less });
