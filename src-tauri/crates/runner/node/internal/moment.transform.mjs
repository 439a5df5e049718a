// moment requires a locale's file by name when it is first asked for; all of them lie in a bundle of their own.
const FROM = "aliasedRequire('./locale/' + normalizedName)";

export function momentLocalesApart(source, path) {
  if (!/[\\/]moment[\\/]moment\.js$/.test(path)) return source;
  if (!source.includes(FROM)) throw new Error(`${path}: ${FROM} not found; has moment changed?`);
  return source.replace(FROM, "require('internal/moment-locales')(normalizedName)");
}
