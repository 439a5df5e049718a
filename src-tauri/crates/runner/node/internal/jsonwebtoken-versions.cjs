// What jsonwebtoken asks of semver: whether Node's version lies in a range of the forms `>=1.2.3` and `^1.2.3`, joined by `||`.
'use strict';
const parts = (version) => version.split('.').map(Number);

function least(version, wanted) {
  const at = version.findIndex((part, index) => part !== wanted[index]);
  return at < 0 || version[at] > wanted[at];
}

module.exports = {
  satisfies(version, range) {
    const asked = parts(version.replace('v', ''));
    return range.split(' || ').some((one) => {
      const [, sign, floor] = /^(>=|\^)([\d.]+)$/.exec(one);
      const wanted = parts(floor);
      return least(asked, wanted) && (sign === '>=' || asked[0] === wanted[0]);
    });
  },
};
