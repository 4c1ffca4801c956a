import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileWorker } from './children';
import { Machine, ODD, tokenOf } from './jobs';
import type { Task } from './worker';

const COUNT = 20;
const ROUNDS = 2;

let worker: ReturnType<typeof compileWorker>;
beforeAll(() => {
  worker = compileWorker();
});
afterAll(() => {
  worker.remove();
});

/** Runs a task for each job, all from one moment on, and gives the milliseconds from there to the last one's end. */
async function atOnce(machine: Machine, name: string, operations: Task['operations']): Promise<number> {
  const startAt = join(machine.root, `go-${name}`);
  const running = Array.from({ length: COUNT }, (_, index) => {
    const id = `job-${String(index)}`;
    const task = { operations, directory: machine.directory, step: machine.step(id), startAt };
    return worker.run({ ...task, host: `host-${String(index)}`, auth: tokenOf(id) });
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  writeFileSync(startAt, '');
  const started = performance.now();
  const ended = await Promise.all(running);
  expect(ended).toEqual(Array.from({ length: COUNT }, () => ({ killed: false, output: '' })));
  return performance.now() - started;
}

test.each([
  ['an odd config', ODD, 2],
  ['no directory', undefined, 0],
])('20 add at once, and 20 remove at once: %s', { timeout: 120_000 }, async (_name, config, others) => {
  const machine = new Machine(config);
  for (let round = 0; round < ROUNDS; round += 1) {
    const adding = await atOnce(machine, `add-${String(round)}`, ['add']);
    expect((machine.read() ?? '').match(/"auth"/g)).toHaveLength(COUNT + (others === 0 ? 0 : 1));
    const removing = await atOnce(machine, `remove-${String(round)}`, ['remove']);
    expect(machine.read()).toBe(config);
    const left = existsSync(machine.directory) ? readdirSync(machine.directory) : [];
    expect(left).toEqual(config === undefined ? [] : ['config.json']);
    console.log(`20 added in ${adding.toFixed(0)} ms, removed in ${removing.toFixed(0)} ms`);
  }
  machine.tearDown();
});

test('20 that come and go at once, again and again', { timeout: 120_000 }, async () => {
  for (const config of [ODD, undefined]) {
    const machine = new Machine(config);
    const turns: Task['operations'] = Array.from({ length: 10 }, (_, turn) =>
      turn % 2 === 0 ? 'add' : 'remove',
    );
    await atOnce(machine, 'churn', turns);
    expect(machine.read()).toBe(config);
    machine.tearDown();
  }
});
