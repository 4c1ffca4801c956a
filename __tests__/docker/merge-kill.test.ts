import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/docker/document';
import type { Step } from '../../src/docker/step';
import { compileWorker } from './children';
import { HOST, Machine, ODD, tokenOf } from './jobs';
import type { Task } from './worker';

let worker: ReturnType<typeof compileWorker>;
beforeAll(() => {
  worker = compileWorker();
});
afterAll(() => {
  worker.remove();
});

const CONFIGS: readonly (readonly [string, string | undefined])[] = [
  ['an odd config', ODD],
  ['an entry of the host', `{"auths":{"${HOST}":{"auth":"YmFzZTp4"}}}`],
  ['no directory', undefined],
];

interface Scene {
  readonly machine: Machine;
  readonly victim: Step;
  readonly other: Step;
  readonly ended: Step;
}

/** Another job has signed in, one that has ended too, and the victim if it is to be killed in its post step. */
async function setScene(config: string | undefined, operation: Task['operations'][number]): Promise<Scene> {
  const machine = new Machine(config);
  const [victim, other, ended] = [machine.step('victim'), machine.step('other'), machine.step('ended')];
  await machine.add(other);
  if (operation === 'remove') await machine.add(victim);
  await machine.add(ended);
  machine.end(ended);
  return { machine, victim, other, ended };
}

/** Calls a check for each point at which the victim can be killed, up to the one that lets it through. */
async function atEachPoint(
  config: string | undefined,
  operation: Task['operations'][number],
  check: (scene: Scene) => Promise<void>,
  expected = config,
): Promise<number> {
  let points = 0;
  const at = async (killAt: number): Promise<boolean> => {
    const scene = await setScene(config, operation);
    const { machine, victim: step } = scene;
    const task = { operations: [operation], directory: machine.directory, step, host: HOST, killAt };
    const { killed, output } = await worker.run({ ...task, auth: tokenOf(step.id) });
    expect(output).toBe('');
    parseConfig((machine.read() ?? '').replace('\ufeff', ''));
    dropHalfLock(machine);
    await check(scene);
    const text = machine.read() ?? '';
    for (const { id } of [scene.victim, scene.other, scene.ended]) expect(text).not.toContain(tokenOf(id));
    expect(machine.read()).toBe(expected);
    const left = existsSync(machine.directory) ? readdirSync(machine.directory) : [];
    expect(left).toEqual(config === undefined ? [] : ['config.json']);
    machine.tearDown();
    return killed;
  };
  for (let more = true; more; points += 4) {
    more = (await Promise.all([1, 2, 3, 4].map((next) => at(points + next)))).every((killed) => killed);
  }
  return points;
}

/** A lock without its content tells nothing of its owner, and is waited out; to wait here would show nothing. */
function dropHalfLock(machine: Machine): void {
  const path = join(machine.directory, '.config.json.ecr-login-lock');
  if (existsSync(path) && !readFileSync(path, 'utf8').endsWith('}')) dropLock(machine);
}

/** As after the time in which a lock that is left behind is broken. */
function dropLock({ directory }: Machine): void {
  rmSync(join(directory, '.config.json.ecr-login-lock'), { force: true });
}

describe.each(CONFIGS)(
  'killed at any call to the file system, with %s',
  { timeout: 120_000 },
  (_name, config) => {
    test('main is undone by its post step', async () => {
      const points = await atEachPoint(config, 'add', async ({ machine, victim, other }) => {
        await machine.remove(victim);
        await machine.remove(other);
      });
      expect(points).toBeGreaterThan(20);
    });

    test('main is undone by the next job, if its own has ended', async () => {
      await atEachPoint(config, 'add', async ({ machine, victim, other }) => {
        machine.end(victim);
        const next = machine.step('next');
        await machine.add(next);
        expect(machine.read()).toContain(tokenOf(next.id));
        await machine.remove(next);
        expect(machine.read()).toContain(tokenOf(other.id));
        await machine.remove(other);
      });
    });

    test('main, and one more job before its post step: no ended token comes back', async () => {
      await atEachPoint(config, 'add', async ({ machine, victim, other, ended }) => {
        dropLock(machine);
        const next = machine.step('next');
        await machine.add(next);
        await machine.remove(next);
        expect(machine.read()).not.toContain(tokenOf(ended.id));
        await machine.remove(victim);
        expect(machine.read()).not.toContain(tokenOf(ended.id));
        await machine.remove(other);
      });
    });

    test.skipIf(config === undefined)(
      'main, and then somebody else writes: no ended token comes back',
      async () => {
        const check = async ({ machine, victim, other, ended }: Scene): Promise<void> => {
          dropLock(machine);
          machine.write((machine.read() ?? '').replace('\ufeff', '').trimEnd() + ' ');
          const next = machine.step('next');
          await machine.add(next);
          for (const step of [next, victim, other]) {
            await machine.remove(step);
            expect(machine.read()).not.toContain(tokenOf(ended.id));
          }
        };
        // Whoever else writes leaves the byte-order mark away.
        await atEachPoint(config, 'add', check, `${(config ?? '').replace('\ufeff', '')} `);
      },
    );

    test('post is finished by the next job, if its own has ended', async () => {
      await atEachPoint(config, 'remove', async ({ machine, victim, other }) => {
        machine.end(victim);
        const next = machine.step('next');
        await machine.add(next);
        await machine.remove(next);
        expect(machine.read()).toContain(tokenOf(other.id));
        await machine.remove(other);
      });
    });

    test('post does not let its token come back, though nobody can see that its job has ended', async () => {
      const before = new Set<boolean>();
      await atEachPoint(config, 'remove', async ({ machine, victim, other }) => {
        dropLock(machine);
        const wasOut =
          !(machine.read() ?? '').includes(tokenOf(victim.id)) &&
          (machine.read() ?? '').includes(tokenOf(other.id));
        before.add(wasOut);
        await machine.remove(other);
        if (wasOut) expect(machine.read() ?? '').not.toContain(tokenOf(victim.id));
        machine.end(victim);
        const next = machine.step('next');
        await machine.add(next);
        await machine.remove(next);
      });
      expect([...before].sort()).toEqual([false, true]);
    });
  },
);
