import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Result } from '../demo/runner.mjs';
import { writeShim } from './support/programs';
import { IDENTITY, setStage } from './support/stage';

const CRASH = fileURLToPath(new URL('support/crash.cjs', import.meta.url));

const TEMPORARY = {
  ...IDENTITY,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionToken: 'FwoGZXIvYXdzEOT//////////wEaDHNlc3Npb24+dG9rZW4==',
};

/** What somebody who has a text could find a secret by. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // At each shift, the characters of the base64 that hang on this secret alone.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, ...shifted, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

function expectNoSecret(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) for (const form of forms(secret)) expect(text).not.toContain(form);
}

/** The lines that are no mask; each mask comes before whatever its secret could stand in. */
function withoutMasks({ stdout, stderr }: Result): string {
  return [...stdout.split('\n').filter((line) => !line.startsWith('::add-mask::')), stderr].join('\n');
}

test.each<[string, Parameters<typeof setStage>[0], Record<string, string>, string[]?]>([
  ['success', {}, {}],
  ['a denial', { identities: [{ ...TEMPORARY, denied: true }] }, {}],
  [
    'a wrong secret, whose request AWS quotes',
    { identities: [{ ...TEMPORARY, secretAccessKey: 'another' }] },
    {},
  ],
  ['a registry that refuses', { registry: { fault: () => ({ status: 403 }) } }, {}],
  [
    'a registry that quotes the login',
    {
      registry: {
        fault: ({ headers }) =>
          headers['authorization'] === undefined
            ? undefined
            : {
                status: 400,
                body: JSON.stringify({
                  errors: [{ message: Buffer.from(headers['authorization'].slice(6), 'base64').toString() }],
                }),
              },
      },
    },
    {},
  ],
  ['a registry that is gone', { registry: { fault: () => ({ reset: 'before-headers' as const }) } }, {}],
  ['a broken config', { config: '{"auths": {"x": {"auth": "VGhpc0lzQVNlY3JldDpvZlRoZUNvbmZpZw=="}}' }, {}],
  ['an entry that docker cannot read', { config: '{"auths": {"x": {"auth": "VGhpc0lzQVNlY3JldA"}}}' }, {}],
  [
    'a swapped key',
    {},
    { 'aws-access-key-id': TEMPORARY.secretAccessKey, 'aws-secret-access-key': TEMPORARY.accessKeyId },
  ],
  ['a line break in the secret', {}, { 'aws-secret-access-key': `${TEMPORARY.secretAccessKey}\n` }],
  ['a retry', { fault: (_request, count) => (count === 1 ? { status: 500 } : undefined) }, {}],
  [
    'a malformed store',
    {},
    { 'credential-store': `prod:\n  secret-access-key: "${TEMPORARY.secretAccessKey}` },
  ],
  ['a crash', {}, {}, ['--require', CRASH]],
])('no secret leaves a run that ends in %s', async (_name, options, inputs, nodeOptions = []) => {
  const stage = await setStage({ identities: [TEMPORARY], ...options });
  const shim = writeShim(stage.directory, 'docker');
  const keys = { 'aws-access-key-id': TEMPORARY.accessKeyId, 'aws-session-token': TEMPORARY.sessionToken };
  const step = stage.step({
    inputs: { ...keys, ...inputs },
    env: { PATH: shim.path },
    debug: true,
    nodeOptions,
  });
  const main = await step.main();
  const tokens = stage.aws.tokens.flatMap(({ password }) => [
    password,
    Buffer.from(`AWS:${password}`).toString('base64'),
  ]);
  const secrets = [TEMPORARY.secretAccessKey, TEMPORARY.sessionToken, ...tokens];
  const inConfig = ['VGhpc0lzQVNlY3Jld', 'ThisIsASecret'];

  expectNoSecret(withoutMasks(main), [...secrets, ...inConfig]);
  expectNoSecret(JSON.stringify(step.state), [...secrets, ...inConfig]);
  expectNoSecret(readIfThere(shim.notes), secrets);
  const written = [...filesBelow(stage.job.temp), ...filesBelow(stage.home)].filter(isNotForSecrets);
  for (const file of written) expectNoSecret(readFileSync(file, 'utf8'), secrets);

  const post = await step.post();
  expectNoSecret(withoutMasks(post), [...secrets, ...inConfig]);
  const [first = ''] = main.stdout.split('\n').filter((line) => !line.startsWith('::debug::Node'));
  expect(first).toMatch(/^::add-mask::/);
});

test('docker gets the password on its standard input, and nothing that is not for it', async () => {
  const stage = await setStage();
  const shim = writeShim(stage.directory, 'docker');
  const ambient = {
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    AWS_ACCESS_KEY_ID: 'y',
    HTTPS_PROXY_OF_MINE: 'z',
    REGISTRY_AUTH_FILE: '/nowhere',
  };
  expect(await stage.step({ env: { PATH: shim.path, ...ambient } }).main()).toMatchObject({ exitCode: 0 });
  const notes = readFileSync(shim.notes, 'utf8').split('\n');
  expect(notes.filter((line) => line.startsWith('argv:'))).toEqual([
    `argv: login --username AWS --password-stdin ${stage.registry.host}`,
  ]);
  expect(notes.filter((line) => /^(?:INPUT_|STATE_|ACTIONS_|AWS_|REGISTRY_AUTH_FILE)/.test(line))).toEqual(
    [],
  );
  expect(notes).toContain('HTTPS_PROXY_OF_MINE=z');
});

/** The Docker config holds the login, as docker itself would; the ledger beside it may. */
function isNotForSecrets(file: string): boolean {
  return !/[\\/]\.docker[\\/](?:config\.json|\.config\.json\.ecr-login)$/.test(file);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
