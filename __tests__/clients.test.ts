import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withMount } from '../demo/private-names.mjs';
import { whyNoPrivateNames } from './support/private-names';
import { hasProgram, run, startRealRegistry, writeImage, writeScript, writeShim } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

const FAMILY = ['podman', 'buildah', 'skopeo'] as const;
const MISSING = FAMILY.filter((name) => !hasProgram(name));
const because = (missing: readonly string[]) =>
  missing.length > 0 ? ` (missing: ${missing.join(', ')})` : '';

/** An auth file as podman writes it, with what printing it anew would lose. */
const AUTH_FILE = `{
	"auths": {
		"quay.io": {
			"auth": "dXNlcjpvdGhlcg=="
		}
	},
	"zzz": 12345678901234567890
}`;

function authsIn(text: string): Record<string, { auth?: string }> {
  return (JSON.parse(text) as { auths: Record<string, { auth?: string }> }).auths;
}

/** A PATH with these programs in it, and nothing else. */
function pathOf(directory: string, ...tools: readonly string[]): string {
  const bin = join(directory, 'only');
  mkdirSync(bin, { recursive: true });
  for (const tool of tools)
    symlinkSync(run('sh', ['-c', `command -v ${tool}`], {}).output.trim(), join(bin, tool));
  return bin;
}

/** A stage whose session directory is its own. */
async function setSession(...args: Parameters<typeof setStage>) {
  const stage = await setStage(...args);
  const session = join(stage.directory, 'session');
  mkdirSync(session, { mode: 0o700 });
  return {
    ...stage,
    authFile: join(session, 'containers', 'auth.json'),
    session: { XDG_RUNTIME_DIR: session },
  };
}

describe.skipIf(MISSING.length > 0)(`the podman family${because(MISSING)}`, () => {
  test.each(FAMILY)('%s signs in to its own file, which goes with the login', async (client) => {
    const stage = await setSession();
    const step = stage.step({ inputs: { client }, env: stage.session });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
    expect(main.outputs['docker-config-directory']).toBe(dirname(stage.authFile));
    expect(main.log).toContain(`The login is in ${stage.authFile} until the end of the job`);
    const auth = main.outputs['token'];
    expect(authsIn(readFileSync(stage.authFile, 'utf8'))).toEqual({ [stage.registry.host]: { auth } });
    expect(statSync(stage.authFile).mode & 0o777).toBe(0o600);
    expect(stage.registry.requests.at(-1)?.headers['authorization']).toBe(`Basic ${auth ?? ''}`);
    expect(stage.readConfig()).toBe(USER_CONFIG);
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(existsSync(dirname(stage.authFile))).toBe(false);
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('what is in the file stays, to the byte', async () => {
    const stage = await setSession();
    mkdirSync(dirname(stage.authFile));
    writeFileSync(stage.authFile, AUTH_FILE, { mode: 0o600 });
    const step = stage.step({ inputs: { client: 'podman' }, env: stage.session });
    expect(await step.main()).toMatchObject({ exitCode: 0, warnings: [] });
    const during = readFileSync(stage.authFile, 'utf8');
    expect(during).toContain('"zzz": 12345678901234567890');
    expect(Object.keys(authsIn(during))).toEqual(['quay.io', stage.registry.host]);
    const env = { HOME: stage.home, ...stage.session };
    expect(run('podman', ['login', '--get-login', stage.registry.host], env).output.trim()).toBe('AWS');
    await step.post();
    expect(readFileSync(stage.authFile, 'utf8')).toBe(AUTH_FILE);
    expect(readdirSync(dirname(stage.authFile))).toEqual(['auth.json']);
  });

  test('a file that cannot be understood is refused, before any request', async () => {
    const stage = await setSession();
    mkdirSync(dirname(stage.authFile));
    writeFileSync(stage.authFile, '{"auths": {"quay.io": {"auth": "c2Vj', { mode: 0o600 });
    const { exitCode, errors } = await stage
      .step({ inputs: { client: 'podman' }, env: stage.session })
      .main();
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain(`The auth file ${stage.authFile} cannot be used: it is no valid JSON`);
    expect(stage.aws.requests).toEqual([]);
  });

  test.skipIf(whyNoPrivateNames() !== undefined)(
    'without a session, root has its file below /run',
    async () => {
      const stage = await setSession();
      const runtime = join(stage.directory, 'run');
      mkdirSync(runtime);
      const wrapper = [...withMount(runtime, '/run')];
      const step = stage.step({ inputs: { client: 'podman' }, wrapper });
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
      expect(main.outputs['docker-config-directory']).toBe('/run/containers/0');
      const [tool, ...args] = [...wrapper, 'podman', 'login', '--get-login', stage.registry.host];
      expect(run(tool, args, { HOME: stage.home }).output.trim()).toBe('AWS');
      await step.post();
      expect(existsSync(join(runtime, 'containers', '0', 'auth.json'))).toBe(false);
    },
  );

  test('the client sees the password on its standard input alone, and nothing that is ours', async () => {
    const stage = await setSession();
    const { path, notes } = writeShim(stage.directory, 'podman');
    const env = { ...stage.session, PATH: path, AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-job' };
    const { exitCode, outputs } = await stage.step({ inputs: { client: 'podman' }, env }).main();
    expect(exitCode).toBe(0);
    const seen = readFileSync(notes, 'utf8');
    expect(seen).toContain('argv: login');
    expect(seen).not.toContain(outputs['password']);
    expect(seen).not.toMatch(/^(?:INPUT|STATE|ACTIONS|AWS)_/m);
  });

  test('REGISTRY_AUTH_FILE names the file', async () => {
    const stage = await setSession();
    const file = join(stage.directory, 'given', 'logins.json');
    mkdirSync(dirname(file));
    writeFileSync(file, AUTH_FILE, { mode: 0o640 });
    const step = stage.step({
      inputs: { client: 'skopeo' },
      env: { ...stage.session, REGISTRY_AUTH_FILE: file },
    });
    expect(await step.main()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(Object.keys(authsIn(readFileSync(file, 'utf8')))).toEqual(['quay.io', stage.registry.host]);
    expect(existsSync(stage.authFile)).toBe(false);
    await step.post();
    expect(readFileSync(file, 'utf8')).toBe(AUTH_FILE);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test('with DOCKER_CONFIG set, the login is in the Docker config, which it then reads', async () => {
    const stage = await setSession();
    const env = { ...stage.session, DOCKER_CONFIG: dirname(stage.configFile) };
    const step = stage.step({ inputs: { client: 'podman' }, env });
    expect(await step.main()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(existsSync(stage.authFile)).toBe(false);
    const get = run('podman', ['login', '--get-login', stage.registry.host], { HOME: stage.home, ...env });
    expect(get.output.trim()).toBe('AWS');
    await step.post();
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('isolated, it reads the private config', async () => {
    const stage = await setSession();
    const inputs = { client: 'podman', 'docker-config': 'isolated' };
    const step = stage.step({ inputs, env: stage.session });
    expect(await step.main()).toMatchObject({ exitCode: 0, warnings: [] });
    const env = { HOME: stage.home, ...stage.session, ...stage.job.env };
    expect(run('podman', ['login', '--get-login', stage.registry.host], env).output.trim()).toBe('AWS');
    expect(existsSync(stage.authFile)).toBe(false);
    await step.post();
    expect(stage.job.env['DOCKER_CONFIG']).toBe('');
  });

  test('several clients, each where it looks, and put back', async () => {
    const stage = await setSession();
    const step = stage.step({ inputs: { client: 'docker, podman\nskopeo' }, env: stage.session });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, warnings: [] });
    expect(main.log).toContain(
      `The login is in ${stage.configFile} and ${stage.authFile} until the end of the job`,
    );
    const { host } = stage.registry;
    expect(authsIn(stage.readConfig())).toHaveProperty([host]);
    expect(authsIn(readFileSync(stage.authFile, 'utf8'))).toHaveProperty([host]);
    const logins = stage.registry.requests.filter(({ headers }) => headers['authorization'] !== undefined);
    expect(logins.length).toBeGreaterThanOrEqual(3);
    expect(stage.aws.requests).toHaveLength(1);
    await step.post();
    expect(stage.readConfig()).toBe(USER_CONFIG);
    expect(existsSync(stage.authFile)).toBe(false);
  });

  test('jobs that share an auth file unwind in any order', async () => {
    const stage = await setSession();
    const invocation = { inputs: { client: 'podman' }, env: stage.session };
    const [one, two] = [stage.step(invocation), stage.step(invocation)];
    const [, second] = [await one.main(), await two.main()];
    await one.post();
    expect(authsIn(readFileSync(stage.authFile, 'utf8'))).toEqual({
      [stage.registry.host]: { auth: second.outputs['token'] },
    });
    await two.post();
    expect(existsSync(stage.authFile)).toBe(false);
  });

  test('clean-docker-config: stale takes what is old out of the file, and leaves what a running job holds', async () => {
    const stage = await setSession();
    mkdirSync(dirname(stage.authFile));
    const expired = Buffer.from(JSON.stringify({ expiration: 1_600_000_000 })).toString('base64');
    const old = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
    const auth = Buffer.from(`AWS:${expired}`).toString('base64');
    writeFileSync(stage.authFile, JSON.stringify({ auths: { [old]: { auth } } }), { mode: 0o600 });
    const clean = { 'clean-docker-config': 'stale' };
    const step = stage.step({ inputs: { client: 'podman', ...clean }, env: stage.session });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, warnings: [] });
    expect(main.log.join('\n')).toContain(`Removed the login for ${old} from ${stage.authFile}`);
    const during = readFileSync(stage.authFile, 'utf8');
    const other = stage.step({ inputs: { client: 'docker', ...clean }, env: stage.session });
    expect((await other.main()).log).toContain(
      `${stage.authFile} is left as it is: a job that signs in podman uses it`,
    );
    expect(readFileSync(stage.authFile, 'utf8')).toBe(during);
    await other.post();
    await step.post();
    expect(authsIn(readFileSync(stage.authFile, 'utf8'))).toEqual({});
  });

  test('an auth file where everybody can write is refused', async () => {
    const stage = await setSession();
    const open = join(stage.directory, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const env = { ...stage.session, REGISTRY_AUTH_FILE: join(open, 'auth.json') };
    const { errors } = await stage.step({ inputs: { client: 'podman' }, env }).main();
    expect(errors).toEqual([expect.stringContaining('let REGISTRY_AUTH_FILE name a file elsewhere')]);
    expect(existsSync(join(open, 'auth.json'))).toBe(false);
  });

  test('what the registry refuses is told in its own words', async () => {
    const stage = await setSession({
      registry: {
        fault: ({ headers }) => (headers['authorization'] === undefined ? undefined : { status: 403 }),
      },
    });
    const step = stage.step({ inputs: { client: 'podman' }, env: stage.session });
    const { errors } = await step.main();
    expect(errors).toEqual([expect.stringContaining(`podman login to ${stage.registry.host} failed: `)]);
    expect(errors[0]).toContain('asked directly, the registry answers 403');
    expect(await step.post()).toMatchObject({ warnings: [] });
    expect(existsSync(stage.authFile)).toBe(false);
  });

  test.skipIf(!['docker-registry', 'htpasswd'].every(hasProgram)).each(FAMILY)(
    '%s is who can push then, and not after the job',
    async (client) => {
      const password = 'a-token-of-this-test';
      const token = Buffer.from(`AWS:${password}`).toString('base64');
      const body = JSON.stringify({ authorizationData: [{ authorizationToken: token, expiresAt: 4e9 }] });
      const stage = await setSession({ fault: () => ({ body }) });
      const registry = await startRealRegistry(stage.directory, 'AWS', password);
      const image = writeImage(stage.directory);
      const push = () =>
        run(
          'skopeo',
          [
            'copy',
            '--dest-tls-verify=false',
            '--insecure-policy',
            `oci:${image}`,
            `docker://${registry}/a:1`,
          ],
          { HOME: stage.home, ...stage.session },
        ).status;
      expect(push()).not.toBe(0);
      const step = stage.step({ inputs: { client, registry: `http://${registry}` }, env: stage.session });
      expect(await step.main()).toMatchObject({ exitCode: 0, errors: [] });
      expect(push()).toBe(0);
      await step.post();
      expect(push()).not.toBe(0);
    },
  );
});

describe('client: auto', () => {
  test.skipIf(MISSING.length > 0)(
    `takes podman where docker is not on the PATH${because(MISSING)}`,
    async () => {
      const stage = await setSession();
      // Podman starts helpers of its own; that one thing is not there.
      const PATH = `${pathOf(stage.directory, 'podman', 'skopeo')}:/usr/sbin:/sbin`;
      const step = stage.step({ env: { ...stage.session, PATH } });
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [] });
      expect(main.log).toContain('docker is not on the PATH: podman signs in');
      expect(authsIn(readFileSync(stage.authFile, 'utf8'))).toHaveProperty([stage.registry.host]);
      expect(stage.readConfig()).toBe(USER_CONFIG);
      await step.post();
      expect(existsSync(stage.authFile)).toBe(false);
    },
  );

  test.each([
    [USER_CONFIG, {}],
    [undefined, {}],
    [USER_CONFIG, { 'docker-config': 'isolated' }],
  ])(
    'writes the Docker config where there is no client, once the registry has taken the token: %#',
    async (config, inputs) => {
      const stage = await setSession({ config });
      const step = stage.step({ inputs, env: { PATH: stage.directory } });
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [] });
      expect(main.log.join('\n')).toContain('No container client is on the PATH');
      const directory = main.outputs['docker-config-directory'] ?? '';
      expect(authsIn(readFileSync(join(directory, 'config.json'), 'utf8'))).toHaveProperty([
        stage.registry.host,
      ]);
      const [asked] = stage.registry.requests.filter(({ headers }) => headers['authorization'] !== undefined);
      expect(asked).toMatchObject({ url: '/v2/' });
      await step.post();
      if (config === undefined) expect(existsSync(stage.configFile)).toBe(false);
      else expect(stage.readConfig()).toBe(config);
    },
  );

  test('takes docker first', async () => {
    const stage = await setSession();
    const PATH = writeScript(stage.directory, 'docker', 'cat >/dev/null');
    expect(await stage.step({ env: { PATH } }).main()).toMatchObject({ exitCode: 0 });
    expect(authsIn(stage.readConfig())).toHaveProperty([stage.registry.host]);
  });
});

describe('client: none', () => {
  test.each([
    [
      { status: 403, body: '{"errors":[{"message":"Your authorization token has expired."}]}' },
      'answers 403 "Your authorization token has expired."',
    ],
    [{ reset: 'before-headers' as const }, 'does not answer (ECONNRESET)'],
  ])('stores nothing that the registry does not take: %#', async (fault, message) => {
    const stage = await setStage({ registry: { fault: () => fault } });
    const step = stage.step({ inputs: { client: 'none' } });
    const { errors } = await step.main();
    expect(errors).toEqual([expect.stringContaining(`The login to ${stage.registry.host} failed: `)]);
    expect(errors[0]).toContain(message);
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });
});

test.each([
  ['dokcer', 'The input client is "dokcer": write auto, docker, podman, buildah, skopeo, none'],
  ['auto, podman', 'auto picks one client by itself'],
])('client: %s is an error', async (client, message) => {
  const stage = await setStage();
  const { errors } = await stage.step({ inputs: { client } }).main();
  expect(errors).toEqual([expect.stringContaining(message)]);
  expect(stage.aws.requests).toEqual([]);
});
