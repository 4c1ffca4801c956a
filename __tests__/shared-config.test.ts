import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRegistry } from '../demo/registry.mjs';
import { Job } from '../demo/runner.mjs';
import { USER_CONFIG, setStage } from './support/stage';

const KILL_AT = fileURLToPath(new URL('support/kill-at.cjs', import.meta.url));
const SAVE_BETWEEN = fileURLToPath(new URL('support/save-between.cjs', import.meta.url));

/** Registries beside the stage's own, all taking its tokens. */
async function startRegistries(
  stage: Awaited<ReturnType<typeof setStage>>,
  count: number,
): Promise<string[]> {
  const registries = await Promise.all(
    Array.from({ length: count }, () => startRegistry({ tokens: stage.aws.tokens })),
  );
  onTestFinished(async () => {
    await Promise.all(registries.map((registry) => registry.close()));
  });
  return registries.map(({ host }) => host);
}

function hostsIn(config: string): string[] {
  return Object.keys((JSON.parse(config) as { auths: object }).auths).sort();
}

/** A job of its own on the stage's home. */
function newJob(stage: Awaited<ReturnType<typeof setStage>>, name: string): Job {
  return new Job(join(stage.directory, 'jobs', name));
}

/** What a runner does before and after each job. */
function emptyTemp(job: Job): void {
  for (const name of readdirSync(job.temp)) rmSync(join(job.temp, name), { recursive: true });
}

describe('jobs that share a home', () => {
  test.each([[USER_CONFIG], [undefined]])(
    '20 sign in at once and 20 sign out at once, again and again: config %#',
    { timeout: 240_000 },
    async (config) => {
      const stage = await setStage({ config });
      const hosts = await startRegistries(stage, 20);
      for (let round = 0; round < 5; round += 1) {
        const steps = hosts.map((registry, index) =>
          stage.step({ inputs: { registry } }, newJob(stage, `${String(round)}-${String(index)}`)),
        );
        const mains = await Promise.all(steps.map((step) => step.main()));
        expect(mains.flatMap(({ errors }) => errors)).toEqual([]);
        const others = config === undefined ? [] : ['ghcr.io'];
        expect(hostsIn(stage.readConfig())).toEqual([...hosts, ...others].sort());
        const posts = await Promise.all(steps.map((step) => step.post()));
        expect(posts.flatMap(({ warnings }) => warnings)).toEqual([]);
        if (config === undefined) expect(readdirSync(stage.home)).toEqual([]);
        else expect(stage.readConfig()).toBe(config);
      }
    },
  );

  test("somebody else's save falls between our write and our look at it", async () => {
    for (const saves of [1, 3]) {
      const stage = await setStage();
      const saved = USER_CONFIG.replace('"ghcr.io"', '"quay.io": {},\n    "ghcr.io"');
      const env = { ...stage.env, SAVES: String(saves), SAVED: saved };
      const step = stage.step();
      const main = await step.main({ env, nodeOptions: ['--require', SAVE_BETWEEN] });
      expect(main).toMatchObject({ exitCode: 0, errors: [] });
      expect(hostsIn(stage.readConfig())).toEqual([stage.registry.host, 'ghcr.io', 'quay.io'].sort());
      await step.post();
      expect(stage.readConfig()).toBe(saved);
    }
  });

  test('two steps of one job on one registry unwind in any order', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const stage = await setStage();
      const steps = [stage.step(), stage.step()];
      for (const step of steps) await step.main();
      for (const index of order) await steps[index]?.post();
      expect(stage.readConfig()).toBe(USER_CONFIG);
      expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
    }
  });

  test('a job whose runner died is cleared away by the next, and its token does not come back', async () => {
    const stage = await setStage();
    const [dead, next] = [newJob(stage, 'dead'), newJob(stage, 'next')];
    await stage.step({}, dead).main();
    emptyTemp(dead);
    const step = stage.step({}, next);
    await step.main();
    expect(await step.post()).toMatchObject({ warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
    expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
  });

  test('a job on another runner keeps its login when one ends', async () => {
    const stage = await setStage();
    const [first, second] = [stage.step({}, newJob(stage, 'a')), stage.step({}, newJob(stage, 'b'))];
    const one = await first.main();
    const two = await second.main();
    await second.post();
    expect(stage.readConfig()).toContain(one.outputs['token']);
    expect(stage.readConfig()).not.toContain(two.outputs['token']);
    await first.post();
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });
});

describe('killed at any point', { timeout: 240_000 }, () => {
  test.each([[USER_CONFIG], [undefined]])(
    'main leaves a whole config, and post undoes it: config %#',
    async (config) => {
      const stage = await setStage({ config });
      let killed = true;
      for (let at = 1; killed; at += 1) {
        const step = stage.step({}, newJob(stage, String(at)));
        const env = { ...stage.env, KILL_AT: String(at), KILL_BELOW: stage.home };
        const main = await step.main({ env, nodeOptions: ['--require', KILL_AT] });
        killed = main.exitCode === null;
        const found = readIfThere(stage.configFile);
        if (found !== undefined)
          expect([[], ['ghcr.io']]).toContainEqual(
            hostsIn(found).filter((host) => host !== stage.registry.host),
          );
        expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
        expect(readIfThere(stage.configFile)).toBe(config);
        expect(stage.aws.requests.length).toBeLessThanOrEqual(at);
      }
      expect(stage.aws.requests.length).toBeGreaterThan(10);
    },
  );

  test('post leaves a whole config, and the next job finishes it', async () => {
    const stage = await setStage();
    let killed = true;
    for (let at = 1; killed; at += 1) {
      const [one, two] = [newJob(stage, `${String(at)}-1`), newJob(stage, `${String(at)}-2`)];
      const step = stage.step({}, one);
      await step.main();
      const env = { ...stage.env, KILL_AT: String(at), KILL_BELOW: stage.home };
      const post = await step.post({ env, nodeOptions: ['--require', KILL_AT] });
      killed = post.exitCode === null;
      hostsIn(stage.readConfig());
      emptyTemp(one);
      const next = stage.step({}, two);
      expect(await next.main()).toMatchObject({ errors: [] });
      expect(await next.post()).toMatchObject({ exitCode: 0, warnings: [] });
      expect(stage.readConfig()).toBe(USER_CONFIG);
      expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
    }
  });
});

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
