// Preloaded into a run: prints, when it ends, which files of dist and which of Node's modules it has loaded.
const Module = require('node:module');

const builtins = new Set();
const load = Module._load;
Module._load = (request, ...rest) => {
  if (Module.isBuiltin(request)) builtins.add(request);
  return load(request, ...rest);
};
process.on('exit', () => {
  const files = Object.keys(require.cache).filter((file) => /[\\/]dist[\\/]/.test(file));
  process.stderr.write(JSON.stringify({ files, builtins: [...builtins] }));
});
