import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configIn, locateConfig, readConfig } from '../../src/docker/config';
import { parseConfig } from '../../src/docker/document';
import { LoginError } from '../../src/errors';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'ecr-login-config-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test.each([
  [{}, '/home/u', '/home/u/.docker'],
  [{ DOCKER_CONFIG: '' }, '/home/u', '/home/u/.docker'],
  [{ DOCKER_CONFIG: '/etc/docker/' }, '/home/u', '/etc/docker'],
  [{ DOCKER_CONFIG: '/a/./b' }, '/home/u', '/a/b'],
  [{ DOCKER_CONFIG: 'here' }, '/home/u', resolve('here')],
])('with %j the config is in its place', (env, home, directory) => {
  expect(locateConfig(env, home)).toEqual({ directory, file: join(directory, 'config.json') });
});

const SECRET = 'c2VjcmV0OnNlY3JldA';
const refused: readonly (readonly [string, (file: string) => void, string])[] = [
  [
    'a truncated file',
    (file) => {
      writeFileSync(file, `{"auths":{"h":{"auth":"${SECRET}`);
    },
    'no valid JSON at line 1',
  ],
  [
    'UTF-16',
    (file) => {
      writeFileSync(file, Buffer.from('\ufeff{}', 'utf16le'));
    },
    'not in UTF-8',
  ],
  [
    'Latin-1',
    (file) => {
      writeFileSync(file, Buffer.from([0x22, 0xe9, 0x22]));
    },
    'not in UTF-8',
  ],
  [
    'a directory',
    (file) => {
      mkdirSync(file);
    },
    'it is no file',
  ],
  [
    'a link to nothing',
    (file) => {
      symlinkSync('nothing', file);
    },
    'symbolic link to a file that is not there',
  ],
  [
    'a link to itself',
    (file) => {
      symlinkSync('config.json', file);
    },
    'lead in a circle',
  ],
  [
    'a pipe',
    (file) => {
      execFileSync('mkfifo', [file]);
    },
    'it is no file',
  ],
  [
    '17 MiB',
    (file) => {
      writeFileSync(file, Buffer.alloc(17 * 1024 * 1024, ' '));
    },
    'larger than 16 MiB',
  ],
  [
    'space that is none in JSON',
    (file) => {
      writeFileSync(file, '\u00a0');
    },
    'a value is expected',
  ],
  [
    'an array',
    (file) => {
      writeFileSync(file, '[]');
    },
    'it holds no object',
  ],
];

describe.skipIf(process.platform === 'win32')(
  'refused with the name of the file and what to do, and no word of it',
  () => {
    test.each(refused)('%s', (_name, make, why) => {
      const { file } = configIn(root);
      make(file);
      const error = errorOf(() => readConfig(configIn(root)));
      expect(error).toBeInstanceOf(LoginError);
      expect(error.message).toContain(`The Docker config ${file} cannot be used: `);
      expect(error.message).toContain(why);
      expect(error.message).toMatch(/; \w/);
      expect(error.message).not.toContain(SECRET);
    });

    test('a directory that is a link to nothing', () => {
      symlinkSync('nothing', join(root, '.docker'));
      expect(() => readConfig(configIn(join(root, '.docker')))).toThrow(
        '.docker is a symbolic link to a directory that is not there',
      );
    });

    test('a directory that is a file', () => {
      writeFileSync(join(root, '.docker'), '');
      expect(() => readConfig(configIn(join(root, '.docker')))).toThrow(
        `${join(root, '.docker')} is no directory`,
      );
    });

    test.skipIf(process.getuid?.() === 0)('a file that this user cannot read', () => {
      const { file } = configIn(root);
      writeFileSync(file, '{}');
      chmodSync(file, 0);
      expect(() => readConfig(configIn(root))).toThrow('EACCES; let this user read it');
    });
  },
);

test.each(['', ' \r\n\t', 'null', '{}', '\ufeff{}', '\ufeff'])(
  '%j is a config, read byte for byte',
  (text) => {
    writeFileSync(configIn(root).file, text);
    const { bytes, document } = readConfig(configIn(root));
    expect(bytes).toEqual(Buffer.from(text));
    expect(document.text).toBe(text.replace('\ufeff', ''));
  },
);

test('a file is read through links, and known by its real path', () => {
  writeFileSync(join(root, 'real.json'), '{}');
  mkdirSync(join(root, 'docker'));
  symlinkSync('../real.json', join(root, 'docker', 'config.json'));
  symlinkSync('docker', join(root, 'link'));
  expect(readConfig(configIn(join(root, 'link'))).path).toBe(join(root, 'real.json'));
  expect(readFileSync(join(root, 'real.json'), 'utf8')).toBe('{}');
});

test('keys that only look alike are others, as they are to Go', () => {
  expect(parseConfig('{"cred\u00dftore": 1, "prox\u0131es": 1}').root?.members).toHaveLength(2);
  expect(() => parseConfig('{"cred\u017f\u017ftore": 1}')).toThrow('its credsStore is a number');
});

test('a string of millions of escapes is read', () => {
  expect(parseConfig(`{"a":"${'\\n'.repeat(4_000_000)}"}`).root?.members).toHaveLength(1);
});

function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
