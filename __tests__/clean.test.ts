import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addHelper } from './support/helper';
import { setStage } from './support/stage';

type Stage = Awaited<ReturnType<typeof setStage>>;

const ECR = '210987654321.dkr.ecr.us-east-1.amazonaws.com';
const EXPIRED = Buffer.from(
  `AWS:${Buffer.from(JSON.stringify({ payload: 'x', expiration: 1_500_000_000 })).toString('base64')}`,
).toString('base64');

// What is removed lies nowhere else: as it was, or in base64 within base64 at any of its three shifts.
const REMOVED = /eDp5|ZURwNQ|VEcDU|lRHA1/;

/** A home with old logins in every file that there is. */
async function withOldLogins(): Promise<Stage & { readonly files: Readonly<Record<string, string>> }> {
  const stage = await setStage();
  const { host } = stage.registry;
  const files = {
    config: stage.configFile,
    dockercfg: join(stage.home, '.dockercfg'),
    auth: join(stage.home, '.config', 'containers', 'auth.json'),
  };
  mkdirSync(dirname(files.auth), { recursive: true });
  const write = (file: string, text: string): void => {
    writeFileSync(file, text, { mode: 0o600 });
  };
  write(
    files.config,
    `{\n\t"auths": {"ghcr.io": {"auth":"eDp5"}, "https://${host}": {"auth":"eDp5"}, "${ECR}": {"auth":"${EXPIRED}"}},\n\t"zzz": 12345678901234567890\n}`,
  );
  write(files.dockercfg, `{"${host}":{"auth":"eDp5","email":"a@example.com"}, "quay.io":{"auth":"eDp5"}}`);
  write(
    files.auth,
    `{"auths":{"${host}":{"auth":"eDp5"},"quay.io":{"auth":"eDp5"}, "${ECR}":{"auth":"${EXPIRED}"}}}`,
  );
  return { ...stage, files };
}

const keysOf = (file: string): string[] => {
  const value = JSON.parse(readFileSync(file, 'utf8')) as { auths?: object };
  return Object.keys(value.auths ?? value).sort();
};

describe('clean-docker-config', () => {
  test.each([
    ['none', [ECR, 'ghcr.io', 'https://HOST'], ['HOST', 'quay.io'], [ECR, 'HOST', 'quay.io']],
    ['stale', ['ghcr.io'], ['quay.io'], ['quay.io']],
    ['ecr', ['ghcr.io'], ['quay.io'], ['quay.io']],
    ['all', [], [], []],
  ])('%s', async (mode, config, dockercfg, auth) => {
    const stage = await withOldLogins();
    const { files } = stage;
    const name = (key: string): string => key.replace('HOST', stage.registry.host);
    const env = { XDG_RUNTIME_DIR: stage.directory };
    const step = stage.step({ inputs: { 'clean-docker-config': mode }, env });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [] });
    if (mode === 'all')
      expect(readFileSync(`${dirname(stage.configFile)}/.config.json.ecr-login`, 'utf8')).not.toMatch(
        REMOVED,
      );
    await step.post();
    expect(keysOf(files['config'] ?? '')).toEqual(config.map(name).sort());
    expect(keysOf(files['dockercfg'] ?? '')).toEqual(dockercfg.map(name).sort());
    expect(keysOf(files['auth'] ?? '')).toEqual(auth.map(name).sort());
    expect(stage.readConfig()).toContain('"zzz": 12345678901234567890');
    const removed = 8 - config.length - dockercfg.length - auth.length;
    expect(main.log.filter((line) => line.startsWith('Removed the login for '))).toHaveLength(removed);
    if (mode === 'all') expect(main.warnings[0]).toContain('every login on this machine for this user goes');
  });

  test('leaves the login of a job that still runs', async () => {
    const stage = await setStage();
    const first = stage.step();
    const { outputs } = await first.main();
    const other = await setStage();
    const env = { HOME: stage.home, AWS_ENDPOINT_URL_ECR: other.aws.url };
    const second = stage.step({ inputs: { 'clean-docker-config': 'all' }, env });
    await second.main();
    expect(stage.readConfig()).toContain(outputs['token']);
    await second.post();
    expect(stage.readConfig()).toContain(outputs['token']);
    await first.post();
    expect(keysOf(stage.configFile)).toEqual([]);
  });

  test('erases from a native store through its helper, or says what stays', async () => {
    const stage = await setStage({ config: '{"credsStore":"fake"}' });
    const helper = addHelper(stage.directory, 'fake', 'works');
    helper.put(ECR, 'secret');
    helper.put('quay.io', 'secret');
    const step = stage.step({ inputs: { 'clean-docker-config': 'ecr' }, env: { PATH: helper.path } });
    const { log } = await step.main();
    expect(log).toContain(
      `Removed the login for ${ECR} from docker-credential-fake: all logins for ECR were to go`,
    );
    await step.post();
    expect(helper.held()).toEqual(['quay.io']);
  });

  test('removes nothing from a file that cannot be understood, and says so', async () => {
    const stage = await withOldLogins();
    writeFileSync(stage.files['auth'] ?? '', '{"auths":{"x":');
    const { exitCode, warnings } = await stage
      .step({ inputs: { 'clean-docker-config': 'all' }, env: { XDG_RUNTIME_DIR: stage.directory } })
      .main();
    expect(exitCode).toBe(0);
    expect(warnings.join('\n')).toContain(
      'auth.json cannot be understood, and is left as it is: it ends too early',
    );
    expect(readFileSync(stage.files['auth'] ?? '', 'utf8')).toBe('{"auths":{"x":');
  });

  test('removes nothing where the sign-in fails', async () => {
    const stage = await withOldLogins();
    const before = Object.values(stage.files).map((file) => readFileSync(file, 'utf8'));
    const inputs = { 'clean-docker-config': 'all', 'aws-secret-access-key': 'wrong' };
    expect((await stage.step({ inputs }).main()).exitCode).toBe(1);
    expect(Object.values(stage.files).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });

  test('is one of four words', async () => {
    const stage = await setStage();
    const { errors } = await stage.step({ inputs: { 'clean-docker-config': 'some' } }).main();
    expect(errors).toEqual(['The input clean-docker-config is "some": write none, stale, ecr or all']);
  });
});

describe('a warning that saves an hour', () => {
  test('DOCKER_AUTH_CONFIG holds a login for our host', async () => {
    const stage = await setStage();
    const env = {
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [`https://${stage.registry.host}`]: { auth: 'eDp5' } } }),
    };
    const { warnings } = await stage.step({ env }).main();
    expect(warnings).toEqual([expect.stringContaining('DOCKER_AUTH_CONFIG holds a login for')]);
  });

  test('everybody can read the config', async () => {
    const stage = await setStage();
    chmodSync(stage.configFile, 0o644);
    const { warnings } = await stage.step().main();
    expect(warnings).toEqual([expect.stringContaining('run chmod 600 on it')]);
  });

  test('podman would take another login', async () => {
    const stage = await withOldLogins();
    const { warnings } = await stage.step({ env: { XDG_RUNTIME_DIR: stage.directory } }).main();
    expect(warnings).toEqual([expect.stringContaining('clean-docker-config: stale removes it')]);
  });
});
