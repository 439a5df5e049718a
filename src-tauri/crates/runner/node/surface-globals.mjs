// What differs at globals, in words; modules have theirs in the table of modules (`differences` in modules.mjs).
export const globalDifferences = {
  Intl: ['QuickJS has no Intl: toLocaleString and localeCompare know en-US, en-GB and de-DE in their common forms and warn beyond (no_intl); String.prototype.normalize works'],
  WebAssembly: ['a script cannot load machine code'],
  configuration: ['read-only at every level; a write has no effect and is reported as a warning'],
  require: ['knows the modules of this table only; a version after @ is accepted and reported once'],
  global: ['kept between the runs of one connection until its container is recycled'],
};
