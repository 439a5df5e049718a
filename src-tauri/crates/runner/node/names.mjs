// esbuild keeps the names of functions by a call for each, `__name(f, "f")`, also where the function has its name anyway, as it has
// unless esbuild called it otherwise. Hundreds of such calls are most of what loading a bundle costs, so that those go.
const HELPER = 'var __name = (target, value) => __defProp(target, "name", { value, configurable: true });';
const CHECKED = 'var __name = (target, value) => target.name === value ? target : __defProp(target, "name", { value, configurable: true });';

const DECLARED = /^[ \t]*__name\(([\w$]+), "([\w$]+)"\);$/gm;
const CLASS = /^([^\n]*\bclass ([\w$]+ )?(?:extends [^\n{]+ )?\{\n)([ \t]*static \{\n[ \t]*__name\(this, "([\w$]+)"\);\n[ \t]*\})$/gm;
const ASSIGNED = /^([ \t]*)((?:var|let|const) ([\w$]+) = )\/\* @__PURE__ \*\/ __name\((?=\(|async |function[ (*]|[\w$]+ =>)(.*)$/;
const OWN_NAME = /^((?:async )?function\*?) ([\w$]+)(?=\()/;

/**
 * The function's text so that its name is what it is assigned to. esbuild calls `const f = function f() …` `f2` inside: that name goes
 * where nothing uses it; null where something does.
 */
function inferring(text, wanted) {
  const own = OWN_NAME.exec(text)?.[2];
  if (own === undefined || own === wanted) return text;
  const used = text.split(new RegExp(`(?<![\\w$])${own.replaceAll('$', '\\$')}(?![\\w$])`)).length > 2;
  return used ? null : text.replace(OWN_NAME, '$1 ');
}

/** `const f = __name((a) => …, "f");`, on one line or on several: such a function has the name of what it is assigned to. */
function assigned(lines) {
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, declared, name, rest] = ASSIGNED.exec(lines[at]) ?? [];
    if (name === undefined) continue;
    const end = `, "${name}");`;
    let last = at;
    if (!rest.endsWith(end)) {
      last = lines.findIndex((line, below) => below > at && line.startsWith(indent) && !/\s/.test(line[indent.length] ?? ' '));
      if (lines[last] !== `${indent}}${end}`) continue;
    }
    const called = [rest, ...lines.slice(at + 1, last + 1)].join('\n');
    const text = inferring(called.slice(0, -end.length), name);
    if (text !== null) lines.splice(at, last - at + 1, ...`${indent}${declared}${text};`.split('\n'));
  }
  return lines;
}

/** The text of a bundle, not minified, with no more naming than it needs and as many lines as before. */
export function named(bundle) {
  const spared = bundle.replace(HELPER, CHECKED)
    .replace(DECLARED, (call, name, wanted) => (name === wanted ? '' : call))
    .replace(CLASS, (whole, head, own, block, wanted) => {
      // Minifying takes an expression's own name away where nothing uses it: then it has the name of what it is assigned to.
      const given = /^[ \t]*class /.test(head) ? wanted : /(?<![\w$.])([\w$]+) = class /.exec(head)?.[1];
      const spared = given === wanted && (own?.trim() ?? wanted) === wanted;
      return spared ? `${head}${block.replace(/[^\n]+/g, '')}` : whole;
    });
  return assigned(spared.split('\n')).join('\n');
}
