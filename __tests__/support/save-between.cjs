// Preloaded into a run: a few times, right after config.json was put in its place, somebody else's save lands on
// it, as that of a docker login that had read the file before.
const fs = require('node:fs');

const rename = fs.renameSync;
let left = Number(process.env.SAVES);

fs.renameSync = (from, to) => {
  rename(from, to);
  if (!String(to).endsWith('config.json') || left === 0) return;
  left -= 1;
  fs.writeFileSync(`${to}.docker`, process.env.SAVED ?? '');
  rename(`${to}.docker`, to);
};
