// node-inspect-extracted is Node's own inspect.js; it guesses what only an engine knows (promise states, proxies, iterators,
// kinds of values). Here the engine is asked.
const SWAPS = [
  ['getPromiseDetails:function(){return[c,void 0]}', 'getPromiseDetails:function(p){const d=host.native.promiseDetails(p);return[d[0]===0?c:d[0]===2?l:1,d[1]]}'],
  ['getProxyDetails:a.getProxyDetails', 'getProxyDetails:function(p,both=true){const d=host.native.proxyDetails(p);return d&&(both?d:d[0])}'],
  ['previewEntries:function(t){return[[],!1]}', "previewEntries:function(t,more){return require('internal/preview')(t,more)}"],
  ['be=r(567)', "be=require('internal/types')"],
];

export function inspectOverEngine(source, path) {
  if (!/node-inspect-extracted[\\/]dist[\\/]inspect\.js$/.test(path)) return source;
  return SWAPS.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${path}: ${from} not found once; has the package changed?`);
    return text.replace(from, () => to);
  }, source);
}
