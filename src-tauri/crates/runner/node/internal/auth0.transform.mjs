// rest-facade makes an agent when it loads, for an option that few clients set; that would load all of http.
const EAGER = /const HttpsAgent = require\('https'\)\.Agent;\nconst keepAliveAgent = new HttpsAgent\(\{\n {2}keepAlive: true,\n\}\);\n/;
const USED = 'req.agent(keepAliveAgent)';

export function agentAtUse(source, file) {
  if (!/rest-facade[\\/]src[\\/]Client\.js$/.test(file)) return source;
  if (!EAGER.test(source) || !source.includes(USED)) throw new Error(`${file}: the agent is no longer made where it was`);
  return source
    .replace(EAGER, "let agent;\nconst keepAliveAgent = () => (agent ??= new (require('https').Agent)({ keepAlive: true }));\n")
    .replace(USED, 'req.agent(keepAliveAgent())');
}
