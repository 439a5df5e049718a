// axios looks at the global fetch when it loads, for an adapter that comes after the one over http; that would load all of fetch.
const EAGER = /\ngetFetch\(\);\n/;

export function axiosWithoutFetch(source, path) {
  if (!path.endsWith('axios.cjs')) return source;
  if (!EAGER.test(source)) throw new Error(`${path}: fetch is no longer looked at where it was`);
  return source.replace(EAGER, '\n');
}
