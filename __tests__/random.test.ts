import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Job, type Step } from '../demo/runner.mjs';
import { startRegistry } from '../demo/registry.mjs';
import { randomFrom } from './support/random';
import { USER_CONFIG, setStage } from './support/stage';

const KILL_AT = fileURLToPath(new URL('support/kill-at.cjs', import.meta.url));
// RUNS=1000 npx vitest run __tests__/random.test.ts
const RUNS = Number(process.env['RUNS'] ?? 40);
const SEED = Number(process.env['SEED'] ?? 1);

interface Running {
  readonly job: Job;
  readonly step: Step;
  readonly host: string;
}

test(
  `${String(RUNS)} runs at random, some at once, some killed, some refused: nothing is lost`,
  { timeout: 900_000 },
  async () => {
    const random = randomFrom(SEED);
    const pick = (count: number): number => Math.floor(random() * count);
    let refuses = false;
    const stage = await setStage({
      fault: () => (refuses ? { status: 400, body: '{"__type":"AccessDeniedException"}' } : undefined),
    });
    const registries = await Promise.all([1, 2, 3].map(() => startRegistry({ tokens: stage.aws.tokens })));
    const running: Running[] = [];
    let runs = 0;

    const invocation = () => {
      const killed = random() < 0.3;
      const env = { ...stage.env, KILL_AT: String(1 + pick(30)), KILL_BELOW: stage.home };
      return killed ? { env, nodeOptions: ['--require', KILL_AT] } : { env: stage.env };
    };
    const begin = async (): Promise<void> => {
      const job = new Job(join(stage.directory, 'jobs', String((runs += 1))));
      const host = registries[pick(3)]?.host ?? '';
      const step = stage.step({ inputs: { registry: host } }, job);
      const { exitCode } = await step.main(invocation());
      if (exitCode === 0) running.push({ job, step, host });
      else await leave({ job, step, host });
    };
    const leave = async ({ job, step }: Running): Promise<void> => {
      runs += 1;
      await step.post(invocation());
      for (const name of readdirSync(job.temp)) rmSync(join(job.temp, name), { recursive: true });
    };

    while (runs < RUNS) {
      refuses = random() < 0.1;
      const events = Array.from({ length: 1 + pick(4) }, () => {
        const oldest =
          running.length > 3 || random() < 0.4 ? running.splice(pick(running.length), 1)[0] : undefined;
        return oldest === undefined ? begin() : leave(oldest);
      });
      await Promise.all(events);
      const config = JSON.parse(stage.readConfig()) as { auths: Record<string, unknown> };
      expect(config.auths['ghcr.io']).toEqual({ auth: 'dXNlcjpvdGhlcg==' });
      for (const { host } of running) expect(config.auths).toHaveProperty([host]);
    }
    refuses = false;
    for (const one of running) await one.step.post();
    for (const { job } of running) rmSync(job.temp, { recursive: true });
    const last = stage.step({}, new Job(join(stage.directory, 'jobs', 'last')));
    await last.main();
    await last.post();
    expect(readFileSync(stage.configFile, 'utf8')).toBe(USER_CONFIG);
    expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
    await Promise.all(registries.map((registry) => registry.close()));
  },
);
