import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasProgram, run } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

const LOGIN = '{"auth":"dXNlcjpvdGhlcg=="}';

describe('a config that docker would destroy is refused, and stays as it is', () => {
  test.each<[string, string | Buffer, string]>([
    ['truncated', `{"auths":{"ghcr.io":${LOGIN}`, 'it is no valid JSON at line 1, column'],
    ['an array', '[]', 'it holds no object but an array'],
    ['trailing garbage', `{"auths":{"ghcr.io":${LOGIN}}} x`, 'something follows behind its end'],
    [
      'an entry that does not decode',
      `{"auths":{"a":${LOGIN},"bad.example.com":{"auth":"###"}}}`,
      'the auth of "bad.example.com"',
    ],
    [
      'a key of the wrong type',
      `{"auths":{"ghcr.io":${LOGIN}},"HttpHeaders":[]}`,
      'its HttpHeaders is an array, not an object',
    ],
    ['a key twice', `{"auths":{"ghcr.io":${LOGIN}},"Auths":{}}`, 'it holds auths twice'],
    ['UTF-16', Buffer.from('\uFEFF{"auths":{}}', 'utf16le'), 'it is not in UTF-8'],
    ['a NUL byte', '{"auths":\0{}}', 'it is no valid JSON at line 1, column 10'],
  ])('%s', async (_name, content, message) => {
    const stage = await setStage();
    writeFileSync(stage.configFile, content);
    const before = readFileSync(stage.configFile);
    const step = stage.step();
    const { exitCode, errors } = await step.main();
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining(message)] });
    expect(errors[0]).toContain(stage.configFile);
    expect(errors[0]).not.toContain('dXNlcjpvdGhlcg');
    await step.post();
    expect(readFileSync(stage.configFile)).toEqual(before);
    expect(stage.aws.requests).toEqual([]);
  });

  test('a directory in its place', async () => {
    const stage = await setStage();
    rmSync(stage.configFile);
    mkdirSync(stage.configFile);
    expect((await stage.step().main()).errors).toEqual([
      expect.stringMatching(/cannot be used: (it is no file|EISDIR)/),
    ]);
  });

  test('a file in place of its directory', async () => {
    const stage = await setStage({ config: undefined });
    writeFileSync(dirname(stage.configFile), 'x');
    expect((await stage.step().main()).errors).toEqual([
      expect.stringContaining('is no directory; move it away'),
    ]);
    expect(readFileSync(dirname(stage.configFile), 'utf8')).toBe('x');
  });

  test('a symbolic link to nothing', async () => {
    const stage = await setStage();
    rmSync(stage.configFile);
    symlinkSync(join(stage.directory, 'deep', 'real.json'), stage.configFile);
    expect((await stage.step().main()).errors).toEqual([
      expect.stringContaining('a symbolic link to a file that is not there'),
    ]);
    expect(readdirSync(stage.directory)).not.toContain('deep');
  });

  test('a directory that everybody can write to', async () => {
    const stage = await setStage();
    chmodSync(dirname(stage.configFile), 0o777);
    expect((await stage.step().main()).errors).toEqual([
      expect.stringContaining('can be written by everybody'),
    ]);
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('a ledger that is a link', async () => {
    const stage = await setStage();
    const target = join(stage.directory, 'target');
    writeFileSync(target, 'x');
    symlinkSync(target, join(dirname(stage.configFile), '.config.json.ecr-login'));
    expect((await stage.step().main()).errors).toEqual([expect.stringContaining('cannot be trusted')]);
    expect(readFileSync(target, 'utf8')).toBe('x');
  });
});

describe('an odd config that docker understands is kept in every byte', () => {
  test.each<[string, string | Buffer]>([
    ['empty', ''],
    ['blank', ' \n'],
    ['null', 'null'],
    ['null with space', '\n null \n'],
    ['an empty object', '{}'],
    ['no auths', '{"currentContext":"default"}'],
    ['auths that is null', '{"auths":null}'],
    ['a byte-order mark', `\uFEFF{"auths":{"ghcr.io":${LOGIN}}}`],
    ['another spelling of the keys', `{"Auths":{"ghcr.io":${LOGIN}},"CredsStore":""}`],
    ['compact', `{"auths":{"ghcr.io":${LOGIN}}}`],
    ['Windows line ends', `{\r\n\t"auths": {\r\n\t\t"ghcr.io": ${LOGIN}\r\n\t}\r\n}\r\n`],
    ['foreign keys', '{"zzz":{"a":[1,2]},"auths":{"ghcr.io":{"auth":"eDp5","foo":"bar","email":"x"}}}'],
    ['our own host, logged in to before', 'HOST'],
    ['a context that is not there', '{"currentContext":"gone","auths":{}}'],
  ])('%s', async (_name, form) => {
    const stage = await setStage();
    const content =
      form === 'HOST' ? `{"auths":{"${stage.registry.host}":{"auth":"eDp5","identitytoken":"x"}}}` : form;
    writeFileSync(stage.configFile, content);
    chmodSync(stage.configFile, 0o640);
    const before = readFileSync(stage.configFile);
    const step = stage.step();
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, errors: [] });
    const during = readFileSync(stage.configFile, 'utf8');
    expect(during.startsWith('\uFEFF')).toBe(false);
    expect(during).toContain(main.outputs['token']);
    expect(run('docker', ['login', stage.registry.host], { HOME: stage.home }).output).toMatch(
      /existing credentials|context not found|context "gone"/,
    );
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(readFileSync(stage.configFile)).toEqual(before);
    expect(statSync(stage.configFile).mode & 0o777).toBe(0o640);
  });

  test.each([0o600, 0o444, 0o660])('mode %o', async (mode) => {
    const stage = await setStage();
    chmodSync(stage.configFile, mode);
    const step = stage.step();
    await step.main();
    expect(statSync(stage.configFile).mode & 0o777).toBe(mode);
    await step.post();
    expect(statSync(stage.configFile).mode & 0o777).toBe(mode);
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test.each(['file', 'directory'])('a symbolic link in place of the %s', async (what) => {
    const stage = await setStage({ config: undefined });
    const real = join(stage.directory, 'real');
    mkdirSync(real);
    writeFileSync(join(real, 'config.json'), USER_CONFIG);
    if (what === 'directory') symlinkSync(real, dirname(stage.configFile));
    else {
      mkdirSync(dirname(stage.configFile));
      symlinkSync(join(real, 'config.json'), stage.configFile);
    }
    const step = stage.step();
    expect(await step.main()).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(real, 'config.json'), 'utf8')).toContain(stage.registry.host);
    await step.post();
    expect(readFileSync(join(real, 'config.json'), 'utf8')).toBe(USER_CONFIG);
    expect(readdirSync(real)).toEqual(['config.json']);
    expect(lstatSync(what === 'file' ? stage.configFile : dirname(stage.configFile)).isSymbolicLink()).toBe(
      true,
    );
  });
});

describe('what surrounds the config', () => {
  test('an empty DOCKER_CONFIG is none', async () => {
    const stage = await setStage();
    const { outputs } = await stage.step({ env: { DOCKER_CONFIG: '' } }).main();
    expect(outputs['docker-config-directory']).toBe(dirname(stage.configFile));
  });

  test('a context that is not there is not asked for', async () => {
    const stage = await setStage();
    expect(await stage.step({ env: { DOCKER_CONTEXT: 'gone' } }).main()).toMatchObject({
      exitCode: 0,
      errors: [],
    });
  });

  test('a context that is there is used', async () => {
    const stage = await setStage();
    const env = { HOME: stage.home };
    expect(
      run('docker', ['context', 'create', 'mine', '--docker', 'host=tcp://127.0.0.1:9'], env).status,
    ).toBe(0);
    expect(run('docker', ['context', 'use', 'mine'], env).status).toBe(0);
    expect(await stage.step().main()).toMatchObject({ exitCode: 0, errors: [] });
  });

  test.skipIf(process.getuid?.() !== 0)('a config of somebody else stays theirs', async () => {
    const stage = await setStage();
    chownSync(stage.configFile, 65534, 65534);
    const step = stage.step();
    await step.main();
    expect(statSync(stage.configFile).uid).toBe(65534);
    await step.post();
    expect(statSync(stage.configFile).uid).toBe(65534);
  });
});

/** Starts a program as a user with no rights of its own. */
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

describe('where the kernel forbids it', () => {
  const [setpriv = '', ...asNobody] = NOBODY;
  const canBeNobody =
    process.getuid?.() === 0 && run(setpriv, [...asNobody, process.execPath, '--version'], {}).status === 0;
  const canUnshare =
    process.getuid?.() === 0 && hasProgram('unshare') && run('unshare', ['--mount', 'true'], {}).status === 0;

  test.skipIf(!canUnshare)('a config that is mounted by itself is named, with the way out', async () => {
    const stage = await setStage();
    const copy = join(stage.directory, 'copy.json');
    writeFileSync(copy, USER_CONFIG);
    const mount = join(stage.directory, 'mount.cjs');
    const args = JSON.stringify(['--bind', copy, stage.configFile]);
    writeFileSync(mount, `require('node:child_process').execFileSync('mount', ${args});`);
    const { errors, exitCode } = await stage
      .step({ wrapper: ['unshare', '--mount'], nodeOptions: ['--require', mount] })
      .main();
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining('docker-config: isolated')]);
    expect(readFileSync(copy, 'utf8')).toBe(USER_CONFIG);
  });

  test.skipIf(!canBeNobody)(
    'a config that is not ours to read, a directory that is not ours to write',
    async () => {
      for (const [path, mode, message] of [
        ['config', 0o600, 'cannot be used: EACCES'],
        ['directory', 0o755, 'let this user write to its directory'],
      ] as const) {
        const stage = await setStage();
        chmodSync(stage.directory, 0o755);
        chmodSync(stage.configFile, path === 'config' ? mode : 0o644);
        chmodSync(dirname(stage.configFile), 0o755);
        chmodSync(stage.job.temp, 0o777);
        chmodSync(stage.home, 0o755);
        chmodSync(stage.job.files, 0o777);
        const { errors } = await stage.step({ wrapper: NOBODY, worldWritableFiles: true }).main();
        expect(errors).toEqual([expect.stringContaining(message)]);
        expect(stage.readConfig()).toBe(USER_CONFIG);
      }
    },
  );
});
