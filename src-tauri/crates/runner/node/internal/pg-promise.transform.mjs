// pg-promise puts values into the text by itself; the text as the script wrote it is kept beside.
const FORMATS = 'query = npm.formatting.formatQuery(query, values);';

export function rememberingText(source, file) {
  if (!/pg-promise[\\/]lib[\\/]query\.js$/.test(file)) return source;
  if (!source.includes(FORMATS)) throw new Error(`${file} no longer formats its text as it did`);
  return source.replace(FORMATS, "query = require('internal/written').remember(npm.formatting.formatQuery(query, values), query);");
}
