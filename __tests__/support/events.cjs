// Preloaded into a run: prints, in order, which files of dist it loads and which names it looks up.
const dns = require('node:dns');
const { writeSync } = require('node:fs');
const Module = require('node:module');

const compile = Module.prototype._compile;
Module.prototype._compile = function (code, file) {
  writeSync(2, `load ${file.replace(/^.*[\\/]dist[\\/]/, '')}\n`);
  return compile.call(this, code, file);
};
const { lookup } = dns;
dns.lookup = (name, ...rest) => {
  writeSync(2, `look up ${name}\n`);
  return lookup(name, ...rest);
};
