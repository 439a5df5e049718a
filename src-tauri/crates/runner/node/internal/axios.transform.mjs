// axios ships one file in which everything lies in one scope, so that all of it would be read at once. Its sources, of which that
// file is made, become CommonJS files here, which can be read when they are needed.
import { transformSync } from 'esbuild';

const EDITS = {
  // The adapters are there before anything is sent; over XMLHttpRequest there is none in Node, either.
  'adapters/adapters.js': [
    ['http: httpAdapter,', 'http: (config) => httpAdapter(config),'],
    ['xhr: xhrAdapter,', 'xhr: false,'],
    ['get: fetchAdapter.getFetch,', 'get: (config) => fetchAdapter.getFetch(config),'],
  ],
  // It takes the stack when the answer is there, so that it leads to who awaits it; see awaited.cjs.
  'core/Axios.js': [
    ["'use strict';", "'use strict';\nimport awaited from 'awaited';"],
    ['try {\n      return await this._request(', 'const tell = awaited(this.request);\n    try {\n      return await this._request('],
    ['Error.captureStackTrace ? Error.captureStackTrace(dummy) : (dummy = new Error());', 'tell(dummy);'],
  ],
  // form-data brings all of http; it is looked at when a form is sent.
  'platform/node/index.js': [['    FormData,\n', '    get FormData() { return FormData; },\n']],
  // It looks at the global fetch when it loads; that would load all of fetch.
  'adapters/fetch.js': [['const adapter = getFetch();', 'const adapter = undefined;']],
};
/** The global FormData brings all of fetch: looked at when a value is checked. */
const FORM_DATA = "const FormDataCtor = typeof G.FormData !== 'undefined' ? G.FormData : undefined;";
EDITS['utils.js'] = [[FORM_DATA, ''], ['if (FormDataCtor && thing instanceof FormDataCtor)', 'if (G.FormData && thing instanceof G.FormData)']];

const EXPORTS = 'function __export(target, all) { for (const name in all) Object.defineProperty(target, name, { get: all[name], enumerable: true }); }';
const INTEROP = 'function interop(required) { return Object.create(required, { default: { value: required } }); }';

export function axiosInFiles(source, path) {
  const file = /[\\/]axios[\\/]lib[\\/](.+)$/.exec(path)?.[1].replaceAll('\\', '/');
  if (!file) return source;
  let edited = source;
  for (const [from, to] of EDITS[file] ?? []) {
    if (!edited.includes(from)) throw new Error(`${path}: ${from} not found; has axios changed?`);
    edited = edited.replace(from, () => to);
  }
  const { code } = transformSync(edited, { format: 'cjs', target: 'esnext', legalComments: 'none' });
  const [, body] = code.split('var stdin_exports = {};\n');
  if (body === undefined) throw new Error(`${path}: exports nothing; has axios changed?`);
  const text = body.replace('module.exports = __toCommonJS(stdin_exports);\n', '')
    .replace(/__toESM\(require\(("\.[^"]+")\)\)/g, 'require($1)')
    .replace(/__toESM\(require\(("[^".][^"]*")\)\)/g, 'interop(require($1))');
  return `"use strict";\n${EXPORTS}\n${text.includes('interop(') ? INTEROP : ''}\nvar stdin_exports = module.exports;\n${text}`;
}
