// Preloaded into a run: ends it with SIGKILL at its n-th call to the file system that names a path below KILL_BELOW.
const fs = require('node:fs');

const below = process.env.KILL_BELOW ?? '';
let left = Number(process.env.KILL_AT);

const names =
  'chmodSync chownSync linkSync lstatSync mkdirSync openSync readdirSync readFileSync realpathSync renameSync rmdirSync rmSync statSync writeFileSync';
for (const name of names.split(' ')) {
  const original = fs[name];
  const patched = (path, ...rest) => {
    if (!String(path).startsWith(below)) return original.call(fs, path, ...rest);
    left -= 1;
    if (left === 0) {
      // Half of a write is on the disk when the process goes.
      if (name === 'writeFileSync') original.call(fs, path, String(rest[0]).slice(0, 10), rest[1]);
      process.kill(process.pid, 'SIGKILL');
    }
    return original.call(fs, path, ...rest);
  };
  fs[name] = Object.assign(patched, original);
}
