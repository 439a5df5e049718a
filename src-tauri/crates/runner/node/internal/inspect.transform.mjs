// node-inspect-extracted is Node's own inspect.js; it guesses what only an engine knows (promise states, proxies, iterators).
// Here the engine is asked.
const SWAPS = [
  ['getPromiseDetails:()=>[g,void 0]', 'getPromiseDetails:p=>{const d=host.native.promiseDetails(p);return[d[0]===0?g:d[0]===2?h:1,d[1]]}'],
  ['getProxyDetails:y.getProxyDetails', 'getProxyDetails:(p,both=true)=>{const d=host.native.proxyDetails(p);return d&&(both?d:d[0])}'],
  ['previewEntries:t=>[[],!1]', "previewEntries:(t,more)=>require('internal/preview')(t,more)"],
];

export function inspectOverEngine(source, path) {
  if (!/node-inspect-extracted[\\/]dist[\\/]inspect\.js$/.test(path)) return source;
  return SWAPS.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path}: ${from} not found; has the package changed?`);
    return text.replace(from, () => to);
  }, source);
}
