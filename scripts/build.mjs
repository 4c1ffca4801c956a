// Compiles src/ and bundles it into dist/, or the folder given: one folder for each entry of action.yml.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { minify } from './minify.mjs';

const out = resolve(process.argv[2] ?? 'dist');

/** @param {string} cwd @param {string} program @param {string[]} args */
function node(cwd, program, ...args) {
  execFileSync(process.execPath, [resolve('node_modules', program), ...args], { cwd, stdio: 'inherit' });
}

rmSync('build', { recursive: true, force: true });
node('.', 'typescript/bin/tsc', '--project', 'tsconfig.build.json');

// ncc takes the `paths` of the tsconfig.json that it finds where it runs. They lead it to the ES modules of
// the AWS SDK, of which it drops what is not used, in place of their CommonJS twins, of which it cannot.
copyFileSync('tsconfig.bundle.json', 'build/tsconfig.json');
// @actions/core does not say that its modules do nothing by being loaded. With what we do not use of it come
// an HTTP client with undici, and half of Node's own modules: a fifth of the start-up time.
const core = 'build/node_modules/@actions/core';
cpSync('node_modules/@actions/core', core, { recursive: true });
/** @type {unknown} */
const card = JSON.parse(readFileSync(`${core}/package.json`, 'utf8'));
writeFileSync(
  `${core}/package.json`,
  JSON.stringify({ .../** @type {object} */ (card), sideEffects: false }),
);
// It leaves what is in its output folder alone: a chunk that is no longer made would stay.
rmSync(out, { recursive: true, force: true });
for (const entry of ['main', 'post']) {
  const files = [`${entry}.js`, '--out', resolve(out, entry), '--license', 'licenses.txt'];
  node('build', '@vercel/ncc/dist/ncc/cli.js', 'build', ...files, '--no-cache', '--quiet');
  for (const name of readdirSync(resolve(out, entry)).filter((file) => file.endsWith('.js'))) {
    const file = resolve(out, entry, name);
    writeFileSync(file, await minify(readFileSync(file, 'utf8')));
  }
}
