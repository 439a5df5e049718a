// What the parity suite knows to differ: the `differs` reasons of its cases, by module.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Every case of the suite: its area, its text. */
function cases(oracle) {
  const found = [];
  for (const area of readdirSync(oracle).sort()) {
    const folder = path.join(oracle, area);
    if (area === 'node_modules' || !statSync(folder).isDirectory()) continue;
    for (const name of readdirSync(folder).sort()) {
      const file = path.join(folder, name);
      if (name.endsWith('.js')) found.push([area, readFileSync(file, 'utf8')]);
      else if (statSync(file).isDirectory()) found.push([area, readFileSync(path.join(file, 'script.js'), 'utf8')]);
    }
  }
  return found;
}

/** The module a case is about: its area's, when it asks for that one; otherwise the first it asks for; none when it asks for none. */
function about(area, text, names) {
  const asked = [...text.matchAll(/require\(\s*'(?:node:)?(@?[^'@]+)(?:@[^']*)?'/g)].map(([, name]) => name).filter((name) => names.includes(name));
  return asked.includes(area) ? area : asked[0] ?? '';
}

/** Module → reasons, in the order of the cases; under the empty name what belongs to no module. */
export function knownDifferences(oracle, names) {
  const reasons = new Map();
  for (const [area, text] of cases(oracle)) {
    const [first] = text.split('\n', 1);
    if (!first.startsWith('// case: ')) continue;
    const { differs = {} } = JSON.parse(first.slice('// case: '.length));
    const told = [...new Set(Object.values(differs))].filter((reason) => !/^(same|see \S+)$/.test(reason));
    const name = about(area, text, names);
    const known = [...new Set([...(reasons.get(name) ?? []), ...told])];
    if (known.length > 0) reasons.set(name, known);
  }
  return reasons;
}
