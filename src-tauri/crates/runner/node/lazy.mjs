// Lazy requires: a package's `const x = require('y')` at the top of a file becomes a property that requires when it is first looked
// at. What a script never reaches is then never read. Only for packages whose files may load in another order (`lazy` in the table).
//
// Scopes are esbuild's business: it replaces a name only where no inner one hides it, and keeps `this` away from called properties.
import { transform } from 'esbuild';

// One declaration on a line of its own: a name or a list of names, perhaps through an interop function, perhaps a member of it. Not
// one that goes on in the next line.
const DECLARATION = /^(?:var|let|const)[ \t]+(?:(?<name>[\w$]+)|\{(?<picked>[^{}=.]*)\})\s*=\s*(?<open>(?:[\w$]+\()*)require\((?<wanted>'[^'\n]+'|"[^"\n]+")\)(?<close>\)*)(?<member>(?:\.[\w$]+)*)[ \t]*;?(?=[ \t]*(?:\/\/[^\r\n]*)?$)(?![ \t]*(?:\/\/[^\n]*)?\r?\n\s*[.,([])/gm;
const KEEP = '$keep(name, value) { if (value !== undefined) Object.defineProperty(this, name, { value }); return value; }';

const property = (name, expression) => `get ${name}() { return this.$keep('${name}', ${expression}); }`;

/** The declarations of a file that can wait, as [whole text, [[name, expression], …]]. */
function declarations(source, eager) {
  const found = [];
  for (const match of source.matchAll(DECLARATION)) {
    const { name, picked, open, wanted, close, member } = match.groups;
    if (eager?.test(wanted.slice(1, -1)) || open.split('(').length !== close.split(')').length) continue;
    const expression = `${open}require(${wanted})${close}${member}`;
    if (name) {
      found.push([match[0], [[name, expression]]]);
      continue;
    }
    const names = picked.split(',').map((part) => part.trim()).filter(Boolean).map((part) => part.split(/\s*:\s*/));
    if (names.every((pair) => pair.every((part) => /^[\w$]+$/.test(part)))) {
      found.push([match[0], names.map(([key, local = key]) => [local, `(${expression}).${key}`])]);
    }
  }
  // A name that is declared or set once more is no constant.
  const twice = (name) => source.split(new RegExp(`(?<![\\w$.])(?:var|let|const|function|class)\\s+\\{?\\s*${name.replaceAll('$', '\\$')}(?![\\w$])`, 'm')).length > 2
    || found.filter(([, names]) => names.some(([other]) => other === name)).length > 1;
  return found.filter(([, names]) => !names.some(([name]) => source.split(`${name} = `).length > 2 || twice(name)));
}

/**
 * Which of these names the source, without their declarations, sets. esbuild warns of an assignment to a constant; to a property it
 * would write it down without a word, and a getter swallows it.
 */
async function set(source, names) {
  const define = Object.fromEntries(names.map((name) => [name, 'null']));
  const { warnings } = await transform(source, { define, target: 'esnext', logLevel: 'silent' });
  const assigned = warnings.filter(({ id }) => id === 'assign-to-define').map(({ location: { lineText, column, length } }) => (
    Buffer.from(lineText).subarray(column, column + length).toString()));
  return new Set(assigned);
}

/**
 * The source with its top-level requires put off. What matches `eager`, as the package writes it, is required at once all the same,
 * and so is what is set again, and all of a file where the first such line does not stand at the top.
 */
export async function requiringLazily(source, eager) {
  const candidates = declarations(source, eager);
  if (candidates.length === 0) return source;
  const bare = candidates.reduce((text, [declaration]) => text.replace(declaration, ''), source);
  const changed = await set(bare, candidates.flatMap(([, pairs]) => pairs.map(([name]) => name)));
  const late = candidates.filter(([, pairs]) => !pairs.some(([name]) => changed.has(name)));
  if (late.length === 0) return source;
  const names = late.flatMap(([, pairs]) => pairs);
  let first = true;
  let text = source;
  for (const [declaration] of late) {
    text = text.replace(declaration, () => {
      if (!first) return '';
      first = false;
      return `var $lazy = { ${KEEP}, ${names.map(([name, expression]) => property(name, expression)).join(', ')} };`;
    });
  }
  const define = Object.fromEntries(names.map(([name]) => [name, `$lazy.${name}`]));
  const { code } = await transform(text, { define, target: 'esnext', legalComments: 'none', logLevel: 'silent' });
  // As esbuild lays it out at the top of a file. Inside a function, a comment or a text it would be out of reach: all stays as it is.
  return /^var \$lazy = \{ \$keep\(name, value\) \{$/m.test(code) ? code : source;
}
