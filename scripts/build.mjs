// Compiles src/ and bundles it into dist/, or the folder given: one folder for each entry of action.yml.
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const out = process.argv[2] ?? 'dist';

/** @param {...string} args */
function node(...args) {
  // ncc resolves packages through the `paths` of tsconfig.bundle.json: to the ES modules of the AWS SDK, of which it
  // drops what is not used, in place of their CommonJS twins, of which it cannot.
  const env = { ...process.env, TS_NODE_PROJECT: 'build/tsconfig.json' };
  execFileSync(process.execPath, args, { stdio: 'inherit', env });
}

rmSync('build', { recursive: true, force: true });
node('node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json');
copyFileSync('tsconfig.bundle.json', 'build/tsconfig.json');
// ncc leaves what is in its output folder alone: a chunk that is no longer made would stay.
rmSync(out, { recursive: true, force: true });
for (const entry of ['main', 'post']) {
  const ncc = ['build', join('build', `${entry}.js`), '--out', join(out, entry), '--license', 'licenses.txt'];
  node('node_modules/@vercel/ncc/dist/ncc/cli.js', ...ncc, '--minify', '--no-cache', '--quiet');
}
