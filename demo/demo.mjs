// Signs in to a stand-in for AWS and out again with the committed dist/, and shows what a user would see.
// Needs Node 20 or later, and nothing installed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAws } from './aws.mjs';
import { startRegistry } from './registry.mjs';
import { Job, applyMasks } from './runner.mjs';

const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

const CONFIG = `{
  "auths": {
    "ghcr.io": { "auth": "c29tZWJvZHk6ZWxzZQ==" }
  },
  "proxies": { "default": { "noProxy": "*.internal\\u0026" } },
  "a-key-that-docker-does-not-know": 12345678901234567890
}
`;

const inColour = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
/** @param {number} code @param {string} text */
const paint = (code, text) => (inColour ? `\u001b[${String(code)}m${text}\u001b[0m` : text);
/** @param {string} text */
const title = (text) => {
  console.log(`\n${paint(1, text)}`);
};
/** @param {string} text @param {readonly string[]} [masks] */
const block = (text, masks = []) => {
  const shown = applyMasks(text, masks).trimEnd().split('\n');
  console.log(shown.map((line) => paint(2, '  │ ') + line).join('\n'));
};
/** @param {boolean} holds @param {string} text */
const check = (holds, text) => {
  console.log(`  ${holds ? paint(32, '✔') : paint(31, '✘')} ${text}`);
  if (!holds) process.exitCode = 1;
};

const directory = mkdtempSync(join(tmpdir(), 'ecr-login-demo-'));
const configFile = join(directory, 'home', '.docker', 'config.json');
mkdirSync(join(directory, 'home', '.docker'), { recursive: true });
writeFileSync(configFile, CONFIG, { mode: 0o600 });
let registryUrl = '';
const aws = await startAws({
  identities: [{ ...KEYS, accountId: '123456789012' }],
  registryUrl: () => registryUrl,
});
const registry = await startRegistry({ tokens: aws.tokens });
registryUrl = registry.url;

try {
  await demo();
} finally {
  await Promise.all([aws.close(), registry.close()]);
  rmSync(directory, { recursive: true, force: true });
}

async function demo() {
  const hasDocker = spawnSync('docker', ['--version']).status === 0;
  title('The step');
  block(`- uses: org/ecr-login@v1
  id: ecr
  with:
    credential: ecr:eu-west-1:prod
    aws-access-key-id: \${{ secrets.AWS_ACCESS_KEY_ID }}
    aws-secret-access-key: \${{ secrets.AWS_SECRET_ACCESS_KEY }}`);

  const step = new Job(join(directory, 'job')).step({
    inputs: {
      credential: 'ecr:eu-west-1:prod',
      'aws-access-key-id': KEYS.accessKeyId,
      'aws-secret-access-key': KEYS.secretAccessKey,
    },
    env: {
      HOME: join(directory, 'home'),
      // What home is on Windows.
      USERPROFILE: join(directory, 'home'),
      AWS_ENDPOINT_URL_ECR: aws.url,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  const main = await step.main();
  title(`Its log (${main.ms.toFixed(0)} ms)`);
  block(main.log.join('\n'));
  check(aws.requests.length === 1, 'one call to ECR, its signature checked');

  const how = hasDocker
    ? 'signed in with the real docker client'
    : 'docker is missing here: the registry was asked by a request of our own';
  check(main.exitCode === 0, how);

  title('Its outputs');
  block(
    Object.entries(main.outputs)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    main.masks,
  );

  const during = readFileSync(configFile, 'utf8');
  title('The Docker config before');
  block(CONFIG);
  title('… during the job');
  block(during, main.masks);
  check(during.includes(JSON.stringify(registry.host)), 'the login is there, and every other byte as it was');

  const post = await step.post();
  const after = readFileSync(configFile, 'utf8');
  title(`… and after it (post step, ${post.ms.toFixed(0)} ms)`);
  block(after);
  check(post.exitCode === 0 && after === CONFIG, 'byte for byte as before');
  const printed = [main.stdout, post.stdout]
    .join('')
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'));
  const secrets = [KEYS.secretAccessKey, main.outputs['password'] ?? '', main.outputs['token'] ?? ''];
  check(
    secrets.every((secret) => secret !== '' && !printed.some((line) => line.includes(secret))),
    'no secret in any line but its mask',
  );
  console.log(process.exitCode === 1 ? '\nThe demo has failed.' : '\nSigned in and out again.');
}
