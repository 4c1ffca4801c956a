// Starts a registry with one user and a stand-in for AWS that hands out its password, both in the background,
// and prints the variables with which the action finds them.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REGISTRY = '127.0.0.1:5000';
const AWS_PORT = '4566';
const PASSWORD = 'the-password-of-this-job';

const directory = mkdtempSync(join(tmpdir(), 'e2e-'));
const users = join(directory, 'htpasswd');
writeFileSync(users, spawnSync('htpasswd', ['-Bbn', 'AWS', PASSWORD], { encoding: 'utf8' }).stdout);
const config = join(directory, 'registry.json');
writeFileSync(
  config,
  JSON.stringify({
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'images') } },
    http: { addr: REGISTRY },
    auth: { htpasswd: { realm: 'e2e', path: users } },
  }),
);

/** @param {string} tool @param {string[]} args */
function inBackground(tool, ...args) {
  spawn(tool, args, { detached: true, stdio: 'ignore' }).unref();
}

inBackground('docker-registry', 'serve', config);
inBackground(process.execPath, fileURLToPath(new URL('aws.mjs', import.meta.url)), AWS_PORT, PASSWORD);
for (const url of [`http://${REGISTRY}/v2/`, `http://127.0.0.1:${AWS_PORT}/`]) await untilReady(url);
console.log(`E2E_REGISTRY=${REGISTRY}\nAWS_ENDPOINT_URL_ECR=http://127.0.0.1:${AWS_PORT}`);

/** @param {string} url */
async function untilReady(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer`);
}
