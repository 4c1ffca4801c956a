// Starts a registry with one user and a stand-in for AWS that hands out its password, both in the background, and
// prints the variables with which the action finds them: node start.mjs docker-registry|crane
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PASSWORD = 'the-password-of-this-job';
const [kind = ''] = process.argv.slice(2);
// Not 5000, which is that of the service that Debian's package starts, and of AirPlay on macOS.
const first = Number(process.env['E2E_PORT'] ?? 5600);
const [registry, aws, open] = [first, first + 1, first + 2].map((port) => `127.0.0.1:${String(port)}`);

/** @param {string} tool @param {string[]} args */
function inBackground(tool, ...args) {
  const child = spawn(tool, args, { detached: true, stdio: 'ignore' });
  child.on('exit', (code) => {
    throw new Error(`${tool} ended by itself, with exit code ${String(code)}`);
  });
  child.unref();
}

/** @param {string} script @param {string[]} args */
function scriptInBackground(script, ...args) {
  inBackground(process.execPath, fileURLToPath(new URL(script, import.meta.url)), ...args);
}

// Debian's registry knows users by itself.
function startDockerRegistry() {
  const directory = mkdtempSync(join(tmpdir(), 'e2e-'));
  const users = join(directory, 'htpasswd');
  writeFileSync(users, spawnSync('htpasswd', ['-Bbn', 'AWS', PASSWORD], { encoding: 'utf8' }).stdout);
  const config = join(directory, 'registry.json');
  const settings = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'images') } },
    http: { addr: registry },
    auth: { htpasswd: { realm: 'e2e', path: users } },
  };
  writeFileSync(config, JSON.stringify(settings));
  inBackground('docker-registry', 'serve', config);
}

// The one of crane, which runs wherever crane does, takes everybody: a guard stands before it.
function startCrane() {
  inBackground('crane', 'registry', 'serve', '--address', open ?? '');
  scriptInBackground('guard.mjs', registry ?? '', open ?? '', PASSWORD);
}

if (kind === 'crane') startCrane();
else startDockerRegistry();
scriptInBackground('aws.mjs', aws ?? '', PASSWORD);
for (const address of [registry, aws, ...(kind === 'crane' ? [open] : [])])
  await untilReady(`http://${address ?? ''}/v2/`);
console.log(`E2E_REGISTRY=${registry ?? ''}\nAWS_ENDPOINT_URL_ECR=http://${aws ?? ''}`);

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
