import { expect, test } from 'vitest';
import { USER_CONFIG, setStage } from './support/stage';

// What act_runner (Gitea) and forgejo-runner set beside the variables of GitHub.
const GITEA = {
  GITEA_ACTIONS: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://gitea.example.com',
};
const FORGEJO = {
  FORGEJO_ACTIONS: 'true',
  GITHUB_ACTIONS: 'true',
  FORGEJO_SERVER_URL: 'https://forgejo.example.com',
};

test.each([
  ['Gitea', GITEA],
  ['Forgejo', FORGEJO],
])('%s: signs in and out as on GitHub', async (_name, env) => {
  const stage = await setStage();
  const step = stage.step({ env });
  const main = await step.main();
  expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
  expect(main.outputs['password']).toBe(stage.aws.tokens[0]?.password);
  await step.post();
  expect(stage.readConfig()).toBe(USER_CONFIG);
});

test('a runner without file commands: signs in and out, and prints no secret', async () => {
  const stage = await setStage();
  const step = stage.step({ withoutFiles: true });
  const main = await step.main();
  expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
  expect(main.outputs).toMatchObject({ registry: stage.registry.host, username: 'AWS' });
  expect(Object.keys(main.outputs).filter((name) => /password|token/.test(name))).toEqual([]);
  expect(main.stdout).toContain('::notice::This runner prints outputs to the log');
  const printed = main.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expect(printed.join('\n')).not.toContain(stage.aws.tokens[0]?.password);
  await step.post({ withoutFiles: true });
  expect(stage.readConfig()).toBe(USER_CONFIG);
});

test('a runner without file commands gives the secret outputs to those who want them unmasked', async () => {
  const stage = await setStage();
  const main = await stage.step({ withoutFiles: true, inputs: { 'mask-password': 'false' } }).main();
  expect(main.outputs['password']).toBe(stage.aws.tokens[0]?.password);
});

test('a runner without a temporary directory of its own', async () => {
  const stage = await setStage();
  const step = stage.step({ env: { RUNNER_TEMP: '' } });
  expect(await step.main()).toMatchObject({ exitCode: 0, errors: [] });
  await step.post();
  expect(stage.readConfig()).toBe(USER_CONFIG);
});
