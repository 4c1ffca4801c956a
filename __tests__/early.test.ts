import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { findOnPath } from '../src/docker/client';
import { isRunning, writeScript } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

/** A stage whose docker notes when it starts, its process id, and when it has its password, with how long that is. */
async function setStageWithClock(options: Parameters<typeof setStage>[0]) {
  const stage = await setStage(options);
  const notes = join(stage.directory, 'notes');
  const path = writeScript(
    stage.directory,
    'docker',
    `echo "start $(date +%s%3N) $$" >> '${notes}'
password=$(cat); [ -n "$password" ] || exit 1
echo "password $(date +%s%3N) \${#password}" >> '${notes}'`,
  );
  return {
    ...stage,
    inStep: () => stage.step({ env: { PATH: path }, inputs: { registry: stage.registry.url } }),
    notes: () =>
      readFileSync(notes, 'utf8')
        .trim()
        .split('\n')
        .map((note) => note.split(' ')),
  };
}

test('docker starts while AWS is asked, where the registry is known, and has its password when AWS answers', async () => {
  const stage = await setStageWithClock({ latencyMs: 700 });
  expect(await stage.inStep().main()).toMatchObject({ exitCode: 0, errors: [] });
  const [[, startedAt] = [], [, passwordAt, length] = [], ...more] = stage.notes();
  expect(more).toEqual([]);
  expect(Number(passwordAt) - Number(startedAt)).toBeGreaterThan(400);
  expect(Number(length)).toBe(stage.aws.tokens[0]?.password.length);
});

test('a docker that waits ends with the step that AWS gives no token to, and without one', async () => {
  const stage = await setStageWithClock({
    fault: () => ({ delayMs: 500, status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' }),
  });
  const step = stage.inStep();
  const { exitCode, errors } = await step.main();
  expect(exitCode).toBe(1);
  expect(errors.join()).toContain('AccessDeniedException');
  const [[, , pid = ''] = [], ...more] = stage.notes();
  expect(pid).not.toBe('');
  await sleep(100);
  expect(isRunning(pid)).toBe(false);
  expect(more).toEqual([]);
  // The private directory is for the post step to remove; what docker was given in it is gone.
  expect(readdirSync(stage.job.temp, { recursive: true })).toEqual([
    expect.stringMatching(/^ecr-login-[^/]+$/),
  ]);
  await step.post();
  expect(stage.readConfig()).toBe(USER_CONFIG);
  expect(readdirSync(stage.job.temp)).toEqual([]);
});

test('a docker in the checkout is never run, whatever the PATH says of the working directory', async () => {
  const stage = await setStage();
  const checkout = join(stage.directory, 'checkout');
  mkdirSync(checkout);
  writeFileSync(join(checkout, 'docker'), `#!/bin/sh\ntouch '${checkout}/run'\n`, { mode: 0o755 });
  const step = stage.step({
    env: { PATH: `:${process.env['PATH'] ?? ''}:` },
    // Not a shell: it would drop the variables of the inputs, as their names have dashes.
    wrapper: ['perl', '-e', 'chdir shift or die; exec @ARGV or die', checkout],
  });
  expect(await step.main()).toMatchObject({ exitCode: 0, errors: [] });
  expect(existsSync(join(checkout, 'run'))).toBe(false);
  expect(stage.registry.requests.length).toBeGreaterThan(0);
});

test('a name with a path in it is no program', () => {
  const env = { PATH: '/usr/bin' };
  expect(findOnPath('sh', env)).toBe('/usr/bin/sh');
  expect(findOnPath('../bin/sh', env)).toBeUndefined();
  expect(findOnPath('/usr/bin/sh', env)).toBeUndefined();
});

test('a docker that fails before it has its password is told of once AWS has answered', async () => {
  const stage = await setStage();
  const path = writeScript(stage.directory, 'docker', `echo 'context "x" not found' >&2; exit 1`);
  const step = stage.step({ env: { PATH: path }, inputs: { registry: stage.registry.url } });
  const { errors } = await step.main();
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('context "x" not found');
  expect(stage.readConfig()).toBe(USER_CONFIG);
});

test('a docker that was started for another user name than the token has is not used', async () => {
  const stage = await setStage({ registry: { accepts: (name) => name === 'somebody' } });
  const token = Buffer.from('somebody:a-password').toString('base64');
  const body = JSON.stringify({ authorizationData: [{ authorizationToken: token }] });
  const other = await setStage({ fault: () => ({ status: 200, body, delayMs: 300 }) });
  const step = stage.step({
    env: { AWS_ENDPOINT_URL_ECR: other.aws.url },
    inputs: { registry: stage.registry.url },
  });
  const { exitCode, errors, outputs } = await step.main();
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  expect(outputs['username']).toBe('somebody');
  expect(stage.readConfig()).toContain(token);
});
