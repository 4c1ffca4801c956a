// Builds anew, and fails where dist/ is not that, files too many or too few included.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FRESH = 'build-check';

/** @param {string} directory */
function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

execFileSync(process.execPath, ['scripts/build.mjs', FRESH], { stdio: 'inherit' });
const names = [...new Set([...filesIn('dist'), ...filesIn(FRESH)])];
const differing = names.filter((name) => {
  try {
    return !readFileSync(join('dist', name)).equals(readFileSync(join(FRESH, name)));
  } catch {
    return true;
  }
});
if (differing.length > 0) {
  console.error(`dist/ is not what src/ builds: run npm run build and commit ${differing.join(', ')}`);
  process.exit(1);
}
