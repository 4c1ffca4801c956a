import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lock, withLock } from '../../src/docker/lock';
import type { Step } from '../../src/docker/step';
import { LoginError } from '../../src/errors';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ecr-login-lock-'));
  path = join(root, 'lock');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const QUICK = { waitMs: 5_000, staleMs: 200 };

function step(id: string): Step {
  const workDirectory = join(root, `temp-${id}`, 'work');
  mkdirSync(workDirectory, { recursive: true });
  return { id, workDirectory };
}

const locks = (): string[] => readdirSync(root).filter((name) => name.startsWith('lock'));

test('one at a time, each its turn', async () => {
  let inside = 0;
  const order: number[] = [];
  const enter = (index: number): Promise<void> =>
    withLock(path, step(String(index)), async () => {
      inside += 1;
      expect(inside).toBe(1);
      await sleep(2);
      order.push(index);
      inside -= 1;
    });
  await Promise.all(Array.from({ length: 20 }, (_, index) => enter(index)));
  expect(order).toHaveLength(20);
  expect(locks()).toEqual([]);
});

test('it is given back when the work throws', async () => {
  await expect(withLock(path, step('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(locks()).toEqual([]);
});

test('one that is held is waited for, and then given up with what to do', async () => {
  const held = withLock(path, step('a'), () => sleep(900));
  const error = await withLock(path, step('b'), () => 0, { waitMs: 300, staleMs: 5_000 }).catch(
    (one: unknown) => one,
  );
  expect(error).toBeInstanceOf(LoginError);
  expect(error).toMatchObject({
    message: expect.stringContaining(`The lock ${path} was not to be had within 0.3 s`) as string,
  });
  await held;
});

test.each(['', 'half of a no', '{"id":"x"}'])(
  'one that was left with %j in it is broken, once it has stood still',
  async (content) => {
    writeFileSync(path, content);
    // Its time tells nothing: clocks differ.
    utimesSync(path, new Date(), new Date(Date.now() + 3_600_000));
    const started = performance.now();
    const waiting = ['a', 'b', 'c'].map((id) =>
      withLock(path, step(id), () => performance.now() - started, QUICK),
    );
    for (const waited of await Promise.all(waiting)) expect(waited).toBeGreaterThan(200);
    expect(locks()).toEqual([]);
  },
);

test('a heartbeat keeps it, however long the work takes', async () => {
  let done = false;
  const held = withLock(path, step('a'), async () => {
    await sleep(2_500);
    done = true;
  });
  await withLock(
    path,
    step('b'),
    () => {
      expect(done).toBe(true);
    },
    { waitMs: 5_000, staleMs: 1_500 },
  );
  await held;
});

test('one of a job that has ended, or of our own main, is not waited for', async () => {
  for (const [owner, next] of [
    ['a', 'b'],
    ['c', 'c'],
  ] as const) {
    let left = '';
    await withLock(path, step(owner), () => {
      left = readFileSync(path, 'utf8');
    });
    writeFileSync(path, left);
    if (owner !== next) rmSync(join(root, `temp-${owner}`, 'work'), { recursive: true });
    const started = performance.now();
    await withLock(path, step(next), () => 0);
    expect(performance.now() - started).toBeLessThan(1_000);
  }
});

test('a holder that stood still knows that it has lost the lock, and leaves the new one alone', async () => {
  let lock: Lock | undefined;
  await withLock(path, step('a'), async (mine) => {
    lock = mine;
    rmSync(path);
    await withLock(path, step('b'), async () => {
      expect(mine.isOurs()).toBe(false);
      await sleep(10);
    });
    writeFileSync(path, 'of another');
  });
  expect(lock?.isOurs()).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('of another');
});

test.skipIf(process.platform === 'win32')(
  'a link in its place is neither followed nor written through',
  async () => {
    const victim = join(root, 'victim');
    writeFileSync(victim, 'untouched');
    utimesSync(victim, 1, 1);
    symlinkSync(victim, path);
    await withLock(path, step('a'), () => 0, QUICK);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(fs.statSync(victim).mtimeMs).toBe(1_000);
    symlinkSync('/dev/zero', path);
    await withLock(path, step('a'), () => 0, QUICK);
  },
);

test('on a full disk it leaves nothing behind', async () => {
  const { writeFileSync: original } = fs;
  fs.writeFileSync = () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  syncBuiltinESMExports();
  try {
    await expect(withLock(path, step('a'), () => 0)).rejects.toThrow(
      `${path} could not be written: ENOSPC; the disk is full`,
    );
  } finally {
    fs.writeFileSync = original;
    syncBuiltinESMExports();
  }
  expect(existsSync(path)).toBe(false);
});
