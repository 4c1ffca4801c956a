import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Job } from '../demo/runner.mjs';
import { hasProgram, writeScript } from './support/programs';

const HAS_ALL = ['docker-registry', 'htpasswd', 'skopeo', 'docker'].every(hasProgram);

// Of crane only what the workflow uses, by the programs that are here.
const CRANE = `case "$1" in
registry) echo "{version: 0.1, storage: {inmemory: {}}, http: {addr: $4}}" > "$0.yml"; exec docker-registry serve "$0.yml" ;;
push) exec skopeo copy --dest-tls-verify=false --insecure-policy "oci:$2" "docker://$3" ;;
esac`;

// The scripts of the e2e workflow, in its order; what the workflow itself says of them is linted elsewhere.
test.skipIf(!HAS_ALL).each([
  ['docker-registry', 'skopeo', 'auto'],
  ['crane', 'crane', 'none'],
])(
  'e2e on %s: %s is accepted after main with client %s, and refused after post',
  async (kind, tool, client) => {
    const directory = mkdtempSync(join(tmpdir(), 'ecr-login-e2e-'));
    // Three in a row, below those that the system gives to others.
    const port = 20_000 + 6 * (process.pid % 2_000) + (kind === 'crane' ? 3 : 0);
    const home = join(directory, 'home');
    mkdirSync(home);
    // What the workflow starts runs until its machine goes; here it is found by a name of its own.
    const mark = `E2E_TEST=${directory}`;
    onTestFinished(() => {
      spawnSync('sh', [
        '-c',
        `grep -lzxF "${mark}" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | xargs -r kill`,
      ]);
      rmSync(directory, { recursive: true });
    });
    const env = {
      PATH: writeScript(directory, 'crane', CRANE),
      HOME: home,
      E2E_TEST: directory,
      E2E_PORT: String(port),
    };
    const node = (script: string, ...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [`.github/e2e/${script}`, ...args], {
        env,
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    };

    const started = node('start.mjs', kind);
    expect(started).toMatchObject({ status: 0, stderr: '' });
    const { E2E_REGISTRY = '', ...variables } = Object.fromEntries(
      started.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    const step = new Job(join(directory, 'job')).step({
      env: { ...variables, HOME: home },
      inputs: {
        credential: 'ecr:eu-west-1:e2e',
        registry: `http://${E2E_REGISTRY}`,
        client,
        'aws-access-key-id': 'AKIAIOSFODNN7EXAMPLE',
        'aws-secret-access-key': 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
    });
    expect(node('push.mjs', E2E_REGISTRY, 'refused', tool)).toMatchObject({ status: 0, stderr: '' });
    expect(await step.main()).toMatchObject({ exitCode: 0, errors: [] });
    expect(node('push.mjs', E2E_REGISTRY, 'accepted', tool)).toMatchObject({ status: 0, stderr: '' });
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    const check = spawnSync(process.execPath, ['.github/e2e/check/post.mjs'], {
      env: { ...env, INPUT_REGISTRY: E2E_REGISTRY, INPUT_TOOL: tool },
      encoding: 'utf8',
    });
    expect(check).toMatchObject({ status: 0 });
    expect(check.stdout).toContain('The push was refused, and was to be refused');
  },
);
