// In place of WeakRef: QuickJS counts references, so what only a WeakRef points to is gone at once and not some time later.
'use strict';
module.exports = class Reference {
  #target;
  constructor(target) { this.#target = target; }
  deref() { return this.#target; }
};
