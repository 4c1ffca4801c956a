import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configIn, locateConfig } from '../../src/docker/config';
import { link } from '../../src/docker/isolated';
import { checkDirectory } from '../../src/docker/ledger-file';
import { renamePatiently } from '../../src/docker/write';

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'platform-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

test('the config is where docker looks for it', () => {
  expect(locateConfig({}, '/home/me').file).toBe(join('/home/me', '.docker', 'config.json'));
  expect(locateConfig({ DOCKER_CONFIG: '' }, '/home/me').directory).toBe(join('/home/me', '.docker'));
  expect(locateConfig({ DOCKER_CONFIG: '/elsewhere' }, '/home/me').file).toBe(
    join('/elsewhere', 'config.json'),
  );
});

test.each([
  ['win32', 'EPERM', 3],
  ['win32', 'EACCES', 3],
  ['win32', 'EBUSY', 3],
] as const)('on %s a file that is open (%s) is waited for', (name, code, refusals) => {
  let calls = 0;
  const rename = (): void => {
    if ((calls += 1) <= refusals) throw Object.assign(new Error(code), { code });
  };
  renamePatiently('a', 'b', { name, rename });
  expect(calls).toBe(refusals + 1);
});

test.each([
  ['linux', 'EACCES', 1],
  ['darwin', 'EPERM', 1],
  ['win32', 'ENOSPC', 1],
  ['win32', 'EPERM', 20],
] as const)('on %s, %s is an error after %i', (name, code, times) => {
  let calls = 0;
  const rename = (): void => {
    calls += 1;
    throw Object.assign(new Error(code), { code });
  };
  expect(() => {
    renamePatiently('a', 'b', { name, rename });
  }).toThrow(code);
  expect(calls).toBe(times);
});

test('directories are linked, and files where the platform lets everybody', () => {
  const directory = newDirectory();
  const at = (name: string): string => join(directory, name);
  mkdirSync(at('contexts'));
  writeFileSync(at('daemon.json'), '{}');
  link(at('contexts'), at('contexts-linux'), true, 'linux');
  link(at('daemon.json'), at('daemon-linux'), false, 'linux');
  link(at('contexts'), at('contexts-windows'), true, 'win32');
  link(at('daemon.json'), at('daemon-windows'), false, 'win32');
  for (const name of ['contexts-linux', 'contexts-windows'])
    expect(readlinkSync(at(name))).toBe(at('contexts'));
  expect(readlinkSync(at('daemon-linux'))).toBe(at('daemon.json'));
  expect(lstatSync(at('daemon-windows')).isSymbolicLink()).toBe(false);
  expect(readFileSync(at('daemon-windows'), 'utf8')).toBe('{}');
});

test('modes are no matter where there are none', () => {
  const directory = newDirectory();
  chmodSync(directory, 0o777);
  expect(() => {
    checkDirectory(directory, configIn(directory), 'linux');
  }).toThrow('can be written by everybody');
  checkDirectory(directory, configIn(directory), 'win32');
});
