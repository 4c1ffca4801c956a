import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type LockTimes, withLock } from '../../src/docker/lock';
import type { Step } from '../../src/docker/step';

/** A lock in a directory of its own, and steps whose jobs run. */
function setStage() {
  const directory = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const newStep = (id: string): Step => {
    const workDirectory = join(directory, `work-${id}`);
    mkdirSync(workDirectory);
    return { id, workDirectory };
  };
  return { path: join(directory, 'lock'), directory, newStep };
}

const QUICK: LockTimes = { waitMs: 300, staleMs: 100 };

test('one works at a time, and each gets its turn', async () => {
  const { path, newStep } = setStage();
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(1);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => withLock(path, newStep(String(index)), work)));
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('it is given back when the work fails', async () => {
  const { path, newStep } = setStage();
  await expect(
    withLock(path, newStep('a'), () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('one that shows signs of life is waited for, and named when that takes too long', async () => {
  const { path, newStep } = setStage();
  writeFileSync(path, 'somebody');
  const heartbeat = setInterval(() => {
    utimesSync(path, new Date(), new Date());
  }, 20);
  const error: unknown = await withLock(path, newStep('a'), () => 1, QUICK).catch(
    (reason: unknown) => reason,
  );
  clearInterval(heartbeat);
  expect(error).toMatchObject({
    message: expect.stringContaining(`The lock ${path} was not to be had within 0.3 s`) as string,
  });
  expect(existsSync(path)).toBe(true);
});

test.each([['somebody'], [''], ['{"id":1}']])(
  'one whose heartbeat has stopped is broken: %j',
  async (content) => {
    const { path, directory, newStep } = setStage();
    writeFileSync(path, content);
    expect(await withLock(path, newStep('a'), () => 'done', QUICK)).toBe('done');
    expect(readdirSync(directory)).toEqual(['work-a']);
  },
);

test('many that find it stale at once break it once', async () => {
  const { path, newStep } = setStage();
  writeFileSync(path, 'somebody');
  let inside = 0;
  const work = async (): Promise<void> => {
    expect((inside += 1)).toBe(1);
    await sleep(5);
    inside -= 1;
  };
  const times = { waitMs: 5_000, staleMs: 100 };
  await Promise.all(
    Array.from({ length: 10 }, (_, index) => withLock(path, newStep(String(index)), work, times)),
  );
});

test('one that our own main left, or a job that has ended, is broken at once', async () => {
  for (const [owner, next] of [
    ['a', 'a'],
    ['gone', 'b'],
  ] as const) {
    const { path, newStep } = setStage();
    const step = newStep(owner);
    const left = withLock(path, step, () => sleep(10_000, undefined, { ref: false }));
    await sleep(20);
    if (owner === 'gone') rmSync(step.workDirectory, { recursive: true });
    const started = performance.now();
    await withLock(path, owner === next ? step : newStep(next), () => 1, { waitMs: 5_000, staleMs: 4_000 });
    expect(performance.now() - started).toBeLessThan(1_000);
    void left;
  }
});

test('a holder that was broken knows', async () => {
  const { path, newStep } = setStage();
  await withLock(path, newStep('a'), (lock) => {
    expect(lock.isOurs()).toBe(true);
    writeFileSync(path, 'somebody else');
    expect(lock.isOurs()).toBe(false);
  });
  expect(existsSync(path)).toBe(true);
});

test('a link at its place is not followed', async () => {
  const { path, directory, newStep } = setStage();
  symlinkSync(join(directory, 'target'), path);
  await withLock(path, newStep('a'), () => 1, QUICK).catch(() => undefined);
  expect(existsSync(join(directory, 'target'))).toBe(false);
});
