import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HelperKind, addHelper } from './support/helper';
import { hasProgram, run } from './support/programs';
import { setStage } from './support/stage';

type Stage = Awaited<ReturnType<typeof setStage>>;

interface Config {
  readonly auths: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

const config = (stage: Stage): Config => JSON.parse(stage.readConfig()) as Config;

describe('a store that works is used', () => {
  test.each([['credsStore'], ['credHelpers']])('by %s; afterwards all is as it was', async (key) => {
    const stage = await setStage();
    const helper = addHelper(stage.directory, 'fake', 'works');
    const { host } = stage.registry;
    const text =
      key === 'credsStore'
        ? '{"auths":{"x":{}},"credsStore":"fake"}'
        : `{"auths":{"x":{}},"credHelpers":{"${host}":"fake"}}`;
    writeFileSync(stage.configFile, text);
    helper.put(host, 'an older login');
    const step = stage.step({ env: { PATH: helper.path } });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
    expect(JSON.parse(helper.read(host))).toMatchObject({
      Username: 'AWS',
      Secret: main.outputs['password'],
    });
    expect(stage.readConfig()).not.toContain(main.outputs['token']);
    await step.post();
    expect(JSON.parse(helper.read(host))).toMatchObject({ Username: 'somebody', Secret: 'an older login' });
    expect(stage.readConfig()).toBe(text);
    expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
  });

  test('by two jobs at once, who leave in the order they came', async () => {
    const stage = await setStage({ config: '{"credsStore":"fake"}' });
    const helper = addHelper(stage.directory, 'fake', 'works');
    const steps = [stage.step({ env: { PATH: helper.path } }), stage.step({ env: { PATH: helper.path } })];
    const [, second] = [await steps[0]?.main(), await steps[1]?.main()];
    await steps[0]?.post();
    expect(JSON.parse(helper.read(stage.registry.host))).toMatchObject({
      Secret: second?.outputs['password'],
    });
    await steps[1]?.post();
    expect(helper.held()).toEqual([]);
    expect(stage.readConfig()).toBe('{"credsStore":"fake"}');
  });
});

describe('a store that does not is passed by', () => {
  test.each<[HelperKind, string, Config['credHelpers']]>([
    ['not implemented', 'credsStore', { HOST: '' }],
    ['stores nothing', 'credsStore', { HOST: '' }],
    // Docker goes on to the file by itself where its store fails.
    ['fails', 'credsStore', undefined],
    ['not implemented', 'credHelpers', {}],
    ['stores nothing', 'credHelpers', {}],
    ['fails', 'credHelpers', {}],
    ['hangs', 'credHelpers', {}],
    // Windows keeps 2,560 bytes, and the tokens of role sessions are longer.
    ['like wincred', 'credsStore', { HOST: '' }],
    ['like a locked keychain', 'credsStore', { HOST: '' }],
  ])('one that %s, as %s', { timeout: 60_000 }, async (kind, key, credHelpers) => {
    const stage = await setStage();
    const helper = addHelper(stage.directory, 'fake', kind);
    const { host } = stage.registry;
    const text = key === 'credsStore' ? '{"credsStore":"fake"}' : `{"credHelpers":{"${host}":"fake"}}`;
    writeFileSync(stage.configFile, text);
    const step = stage.step({ env: { PATH: helper.path } });
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [] });
    expect(config(stage).auths[host]).toEqual({ auth: main.outputs['token'] });
    const expected =
      credHelpers && Object.fromEntries(Object.entries(credHelpers).map(([, value]) => [host, value]));
    expect(config(stage).credHelpers).toEqual(expected);
    expect(main.log.join('\n')).toContain(
      'The credential helper docker-credential-fake cannot keep the login',
    );
    await step.post();
    expect(stage.readConfig()).toBe(text);
    expect(helper.held()).toEqual([]);
  });

  test.each([['{"credsStore":"missing"}'], ['{"credHelpers":{"HOST":"missing"}}']])(
    'one that is not there: %s',
    async (form) => {
      const stage = await setStage();
      const text = form.replace('HOST', stage.registry.host);
      writeFileSync(stage.configFile, text);
      const step = stage.step();
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [] });
      expect(config(stage).auths[stage.registry.host]).toEqual({ auth: main.outputs['token'] });
      await step.post();
      expect(stage.readConfig()).toBe(text);
    },
  );

  test('both a helper for the host and a general store', async () => {
    const stage = await setStage();
    const helper = addHelper(stage.directory, 'one', 'not implemented');
    addHelper(stage.directory, 'two', 'not implemented');
    const { host } = stage.registry;
    const text = `{"credHelpers":{"${host}":"one"},"credsStore":"two"}`;
    writeFileSync(stage.configFile, text);
    const step = stage.step({ env: { PATH: helper.path } });
    expect(await step.main()).toMatchObject({ exitCode: 0 });
    expect(config(stage).credHelpers).toEqual({ [host]: '' });
    await step.post();
    expect(stage.readConfig()).toBe(text);
  });
});

describe.skipIf(!hasProgram('docker-credential-ecr-login'))('the real docker-credential-ecr-login', () => {
  test.each([['credsStore'], ['credHelpers']])(
    'as %s: signed in, and the config the same afterwards',
    { timeout: 60_000 },
    async (key) => {
      const stage = await setStage();
      const { host } = stage.registry;
      const text =
        key === 'credsStore' ? '{"credsStore":"ecr-login"}' : `{"credHelpers":{"${host}":"ecr-login"}}`;
      writeFileSync(stage.configFile, text);
      const step = stage.step();
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [] });
      expect(config(stage).auths[host]).toEqual({ auth: main.outputs['token'] });
      // Docker itself finds it: a login without a password is one with what is stored.
      const login = run('docker', ['login', host], { HOME: stage.home });
      expect(login.output).toContain('Authenticating with existing credentials... [Username: AWS]');
      await step.post();
      expect(stage.readConfig()).toBe(text);
    },
  );
});
