// esbuild keeps the names of functions by a call for each, `__name(f, "f")`, also where the function has its name anyway, as it has
// unless esbuild called it otherwise. Hundreds of such calls are most of what loading a bundle costs, so that those go.
const HELPER = 'var __name = (target, value) => __defProp(target, "name", { value, configurable: true });';
const CHECKED = 'var __name = (target, value) => target.name === value ? target : __defProp(target, "name", { value, configurable: true });';

const DECLARED = /^[ \t]*__name\(([\w$]+), "([\w$]+)"\);$/gm;
const CLASS = /^([^\n]*\bclass ([\w$]+ )?(?:extends [^\n{]+ )?\{\n)([ \t]*static \{\n[ \t]*__name\(this, "([\w$]+)"\);\n[ \t]*\})$/gm;
const ASSIGNED = /^([ \t]*)((?:var|let|const) ([\w$]+) = )\/\* @__PURE__ \*\/ __name\((?=\(|async |function[ (*]|[\w$]+ =>)(.*)$/;

/** `const f = __name((a) => …, "f");`, on one line or on several: such a function has the name of what it is assigned to. */
function assigned(lines) {
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, declared, name, rest] = ASSIGNED.exec(lines[at]) ?? [];
    if (name === undefined) continue;
    const end = `, "${name}");`;
    if (rest.endsWith(end)) {
      lines[at] = `${indent}${declared}${rest.slice(0, -end.length)};`;
      continue;
    }
    const last = lines.findIndex((line, below) => below > at && line.startsWith(indent) && !/\s/.test(line[indent.length] ?? ' '));
    if (lines[last] !== `${indent}}${end}`) continue;
    lines[at] = `${indent}${declared}${rest}`;
    lines[last] = `${indent}};`;
  }
  return lines;
}

/** The text of a bundle, not minified, with no more naming than it needs and as many lines as before. */
export function named(bundle) {
  const spared = bundle.replace(HELPER, CHECKED)
    .replace(DECLARED, (call, name, wanted) => (name === wanted ? '' : call))
    .replace(CLASS, (whole, head, own, block, wanted) => {
      const name = own?.trim() ?? /([\w$]+) = class /.exec(head)?.[1];
      return name === wanted ? `${head}${block.replace(/[^\n]+/g, '')}` : whole;
    });
  return assigned(spared.split('\n')).join('\n');
}
