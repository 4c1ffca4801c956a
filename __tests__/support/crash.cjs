// Preloaded into a run: what it wants to put in its place breaks in a way that nobody has foreseen.
const fs = require('node:fs');

fs.renameSync = () => {
  throw new TypeError('broken');
};
