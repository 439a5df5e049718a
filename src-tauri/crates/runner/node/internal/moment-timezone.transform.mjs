// moment-timezone takes its table of zones apart when it loads: hundreds of texts, of which a run needs one or two. The table is
// written into it as it is after that, and what only guessing a zone needs is made when one is guessed. The package itself says what
// its table holds (moment-timezone 0.6, its own place for data is the comment INJECT DATA).
import { createRequire } from 'node:module';

const EMPTY = /\bzones = \{\},\s+links = \{\},\s+countries = \{\},\s+names = \{\},/;
const DATA = '// INJECT DATA';
const GUESSING = 'function guessesForUserOffsets (offsets) {';
const LOADING = "moment.tz.load(require('./data/packed/latest.json'));";

/** The text with `part`, which must be there once, replaced. */
function replaced(source, part, text, path) {
  if (source.split(part).length !== 2) throw new Error(`${path}: ${part} not found; has moment-timezone changed?`);
  return source.replace(part, () => text);
}

export function zonesReady(source, path) {
  if (/[\\/]moment-timezone[\\/]index\.js$/.test(path)) return replaced(source, LOADING, '', path);
  if (!/[\\/]moment-timezone[\\/]moment-timezone\.js$/.test(path)) return source;
  const require = createRequire(path);
  const { tz } = require('./index.js');
  const data = require('./data/packed/latest.json');
  const text = JSON.stringify;
  const tables = `packed = ${text(tz._zones)}, zones = Object.assign({}, packed), links = ${text(tz._links)}, countries = {}, names = ${text(tz._names)},`;
  const guessing = `${GUESSING} for (var zone in packed) addToGuesses(zone, packed[zone].split('|')[2].split(' ')); packed = {};`;
  return [[EMPTY, tables], [DATA, `addCountries(${text(data.countries)}); tz.dataVersion = ${text(data.version)};`], [GUESSING, guessing]]
    .reduce((edited, [part, change]) => replaced(edited, part, change, path), source);
}
