// A module that loads when it is called or looked at: one auth0 client uses a few of those that the package requires.
'use strict';
module.exports = (name) => {
  // Named through a variable so that the bundler leaves it to our `require`.
  const load = () => require(name);
  return new Proxy(function late() {}, {
    apply: (_target, _self, given) => load()(...given),
    construct: (_target, given) => new (load())(...given),
    get: (_target, property) => load()[property],
  });
};
