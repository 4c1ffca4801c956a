import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isRunning } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends docker, and leaves the config whole', async (signal) => {
  const stage = await setStage();
  const shims = join(stage.directory, 'shims');
  const pidFile = join(stage.directory, 'pid');
  mkdirSync(shims);
  writeFileSync(join(shims, 'docker'), `#!/bin/sh\necho $$ > '${pidFile}'\nexec sleep 60\n`, { mode: 0o755 });
  let sentAt = 0;
  const step = stage.step({
    env: { PATH: `${shims}:${process.env['PATH'] ?? ''}` },
    onStart: (child) => {
      void waitFor(pidFile).then(() => {
        sentAt = performance.now();
        child.kill(signal);
      });
    },
  });
  const main = await step.main();
  expect(performance.now() - sentAt).toBeLessThan(1_500);
  expect(main).toMatchObject({ exitCode: 1, stderr: '', warnings: [] });
  expect(main.errors).toEqual([
    `Cancelled by ${signal} before the login was done: the post step undoes what there is of it`,
  ]);
  expect(isRunning(readFileSync(pidFile, 'utf8').trim())).toBe(false);
  expect(stage.readConfig()).toBe(USER_CONFIG);
  expect(Object.keys(step.state)).toEqual(['ecr-login']);

  expect(await step.post({ onStart: () => undefined })).toMatchObject({
    exitCode: 0,
    errors: [],
    warnings: [],
  });
  expect(stage.readConfig()).toBe(USER_CONFIG);
  expect(readdirSync(stage.job.temp)).toEqual([]);
});

test('a signal while ECR does not answer ends the step', async () => {
  const stage = await setStage({ fault: () => ({ hang: true }) });
  const step = stage.step({ onStart: (child) => void sleep(700).then(() => child.kill('SIGINT')) });
  const main = await step.main();
  expect(main.errors.join()).toContain('Cancelled by SIGINT');
  expect(main.ms).toBeLessThan(3_000);
  expect(stage.readConfig()).toBe(USER_CONFIG);
});

async function waitFor(file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20);
}
