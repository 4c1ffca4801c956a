import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addHelper } from './support/helper';
import { hasProgram, run } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

const ISOLATED = { 'docker-config': 'isolated' };

interface Config {
  readonly auths: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const readConfig = (directory = ''): Config =>
  JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Config;

describe('docker-config: isolated', () => {
  test("gives the job a config of its own, and leaves the user's alone", async () => {
    const stage = await setStage();
    const userDirectory = dirname(stage.configFile);
    mkdirSync(join(userDirectory, 'cli-plugins'));
    writeFileSync(join(userDirectory, 'cli-plugins', 'docker-x'), 'plugin');
    writeFileSync(join(userDirectory, 'daemon.json'), '{}');
    const step = stage.step({ inputs: ISOLATED });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
    const directory = main.outputs['docker-config-directory'] ?? '';
    expect(stage.job.env['DOCKER_CONFIG']).toBe(directory);
    // Container actions see the runner's temporary directory, and no home.
    expect(directory.startsWith(stage.job.temp)).toBe(true);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'config.json')).mode & 0o777).toBe(0o600);
    expect(readConfig(directory)).toMatchObject({
      auths: {
        'ghcr.io': { auth: 'dXNlcjpvdGhlcg==' },
        [stage.registry.host]: { auth: main.outputs['token'] },
      },
      HttpHeaders: { 'X-Meta': 'a&b' },
    });
    expect(readlinkSync(join(directory, 'cli-plugins'))).toBe(join(userDirectory, 'cli-plugins'));
    expect(readFileSync(join(directory, 'cli-plugins', 'docker-x'), 'utf8')).toBe('plugin');

    await step.post();
    expect(existsSync(directory)).toBe(false);
    expect(readFileSync(join(userDirectory, 'cli-plugins', 'docker-x'), 'utf8')).toBe('plugin');
    expect(stage.job.env['DOCKER_CONFIG']).toBe('');
    expect(stage.readConfig()).toBe(USER_CONFIG);
    expect(readdirSync(stage.job.temp)).toEqual([]);
  });

  test('works where the user has none', async () => {
    const stage = await setStage({ config: undefined });
    const step = stage.step({ inputs: ISOLATED });
    const main = await step.main();
    expect(Object.keys(readConfig(main.outputs['docker-config-directory']).auths)).toEqual([
      stage.registry.host,
    ]);
    await step.post();
    expect(readdirSync(stage.home)).toEqual([]);
  });

  test('is made once a job: a second step reuses it, and takes only its own login out', async () => {
    const stage = await setStage();
    const other = await setStage();
    const first = stage.step({ inputs: ISOLATED });
    const second = stage.step({ inputs: ISOLATED, env: { AWS_ENDPOINT_URL_ECR: other.aws.url } });
    const one = await first.main();
    const two = await second.main();
    const directory = one.outputs['docker-config-directory'];
    expect(two.outputs['docker-config-directory']).toBe(directory);
    expect(Object.keys(readConfig(directory).auths).sort()).toEqual(
      ['ghcr.io', stage.registry.host, other.registry.host].sort(),
    );
    await second.post();
    expect(Object.keys(readConfig(directory).auths).sort()).toEqual(['ghcr.io', stage.registry.host].sort());
    await first.post();
    expect(existsSync(directory ?? '')).toBe(false);
  });

  test('gives the former DOCKER_CONFIG back, so that the post of an earlier step signs out where it signed in', async () => {
    const stage = await setStage();
    const former = join(stage.directory, 'former');
    mkdirSync(former);
    const env = { PATH: process.env['PATH'] ?? '', HOME: stage.home };
    const token = stage.aws.tokens;
    stage.job.env['DOCKER_CONFIG'] = former;
    const step = stage.step({ inputs: ISOLATED });
    // The earlier step signs in as a person would.
    writeFileSync(join(former, 'config.json'), `{"auths":{"${stage.registry.host}":{"auth":"eDp5"}}}`);
    await step.main();
    expect(token).toHaveLength(1);
    await step.post();
    expect(stage.job.env['DOCKER_CONFIG']).toBe(former);
    const logout = run('docker', ['logout', stage.registry.host], {
      ...env,
      DOCKER_CONFIG: stage.job.env['DOCKER_CONFIG'] ?? '',
    });
    expect(logout.status).toBe(0);
    expect(readConfig(former).auths).toEqual({});
  });

  test('keeps the logins that live in a native store', async () => {
    const stage = await setStage();
    const helper = addHelper(stage.directory, 'fake', 'works');
    helper.put('registry.example.com', 'secret');
    helper.put('https://index.docker.io/v1/', 'secret');
    const { host } = stage.registry;
    writeFileSync(
      stage.configFile,
      `{"auths":{"marked.example.com":{}},"credsStore":"fake","credHelpers":{"${host}":"fake","x":"y"}}`,
    );
    const main = await stage.step({ inputs: ISOLATED, env: { PATH: helper.path } }).main();
    const config = readConfig(main.outputs['docker-config-directory']);
    expect(config.credsStore).toBeUndefined();
    expect(config.credHelpers).toEqual({
      x: 'y',
      'registry.example.com': 'fake',
      'https://index.docker.io/v1/': 'fake',
      'marked.example.com': 'fake',
    });
    expect(config.auths[host]).toEqual({ auth: main.outputs['token'] });
  });

  test("keeps the logins of podman's own file", async () => {
    const stage = await setStage();
    mkdirSync(join(stage.home, '.config', 'containers'), { recursive: true });
    const file = join(stage.home, '.config', 'containers', 'auth.json');
    writeFileSync(file, '{"auths":{"quay.io":{"auth":"cDpx"},"ghcr.io":{"auth":"cDpx"}}}');
    const main = await stage.step({ inputs: ISOLATED }).main();
    expect(readConfig(main.outputs['docker-config-directory']).auths).toMatchObject({
      'quay.io': { auth: 'cDpx' },
      'ghcr.io': { auth: 'dXNlcjpvdGhlcg==' },
    });
    expect(main.warnings).toEqual([]);
  });

  test('and logout: false are refused together', async () => {
    const stage = await setStage();
    const { errors } = await stage.step({ inputs: { ...ISOLATED, logout: 'false' } }).main();
    expect(errors).toEqual([expect.stringContaining('a private config ends with its job')]);
    expect(stage.aws.requests).toEqual([]);
  });

  test('leaves nothing behind when the login fails', async () => {
    const stage = await setStage({ registry: { fault: () => ({ status: 403 }) } });
    const step = stage.step({ inputs: ISOLATED });
    expect((await step.main()).exitCode).toBe(1);
    expect(stage.job.env['DOCKER_CONFIG']).toBeUndefined();
    await step.post();
    expect(readdirSync(stage.job.temp)).toEqual([]);
  });
});

describe.each(['podman', 'buildah', 'skopeo'])('%s', (tool) => {
  test.skipIf(!hasProgram(tool)).each(['shared', 'isolated'])('finds the login in %s mode', async (mode) => {
    const stage = await setStage();
    const step = stage.step({ inputs: { 'docker-config': mode } });
    await step.main();
    const env = { HOME: stage.home, XDG_RUNTIME_DIR: stage.directory, ...stage.job.env };
    expect(run(tool, ['login', '--get-login', stage.registry.host], env).output).toContain('AWS');
    await step.post();
    expect(
      run(tool, ['login', '--get-login', stage.registry.host], { ...env, ...stage.job.env }).status,
    ).not.toBe(0);
  });
});
