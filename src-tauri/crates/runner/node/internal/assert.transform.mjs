// The polyfill is Node 12's assert; these are the places where later Node answers differently for `throws`.
const SWAPS = [
  ['if (isRegExp(expected)) return RegExpPrototypeTest(expected, actual);', `if (isRegExp(expected)) {
      const text = String(actual);
      if (RegExpPrototypeTest(expected, text)) return true;
      if (arguments.length === 2) return false;
      throwsError(actual, expected, msg, fn, \`The input did not match the regular expression \${inspect(expected)}. Input:\\n\\n\${inspect(text)}\\n\`);
    }`],
  ['if (Error.isPrototypeOf(expected)) {\n    return false;\n  }\n  return expected.call({}, actual) === true;', `if (arguments.length === 2) {
    return Error.isPrototypeOf(expected) ? false : expected.call({}, actual) === true;
  }
  if (Error.isPrototypeOf(expected)) {
    let text = \`The error is expected to be an instance of "\${expected.name}". Received \`;
    if (actual instanceof Error) text += \`"\${actual.name}"\`; else text += \`"\${inspect(actual, { depth: -1 })}"\`;
    if (actual && actual.message) text += \`\\n\\nError message:\\n\\n\${actual.message}\`;
    throwsError(actual, expected, msg, fn, text);
  }
  const answer = expected.call({}, actual);
  if (answer === true) return true;
  let text = \`The \${expected.name ? \`"\${expected.name}" \` : ''}validation function is expected to return "true". Received \${inspect(answer)}\`;
  if (actual instanceof Error) text += \`\\n\\nCaught error:\\n\\n\${actual}\`;
  throwsError(actual, expected, msg, fn, text);`],
  ['function expectedException(actual, expected, msg, fn) {', `function throwsError(actual, expected, msg, fn, text) {
  if (msg instanceof Error) throw msg;
  const error = new AssertionError({ actual, expected, message: msg ?? text, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = !msg;
  throw error;
}
function expectedException(actual, expected, msg, fn) {`],
];

export function assertAsNode(source, path) {
  if (!/assert[\\/]build[\\/]assert\.js$/.test(path)) return source;
  return SWAPS.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path}: ${from.slice(0, 60)} not found; has the package changed?`);
    return text.replace(from, () => to);
  }, source);
}
