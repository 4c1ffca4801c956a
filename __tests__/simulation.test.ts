import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nextDelay } from '../src/retry-policy';
import { randomFrom } from './support/random';

// ECR's documented limit for an account and region: 20 requests a second, with a burst of 200.
const REFILL_PER_SECOND = 20;
const BURST = 200;
const TIMEOUT_MS = 120_000;

/** When the next try comes, in milliseconds, after `attempt` that were throttled; undefined: no more. */
type Strategy = (attempt: number, now: number, deadline: number, random: () => number) => number | undefined;

const ours: Strategy = (attempt, now, deadline, random) =>
  nextDelay(
    'throttling',
    { throttling: attempt, transient: 0 },
    { maxAttempts: 5, remainingMs: deadline - now },
    random,
  );
const threeWithoutJitter: Strategy = (attempt) => (attempt >= 3 ? undefined : 1_000 * 2 ** (attempt - 1));

/** Runners that sign in within one second, on virtual time: who gets in, when the last one does, at how many calls. */
function simulate(runners: number, strategy: Strategy) {
  const random = randomFrom(runners);
  const waiting = Array.from({ length: runners }, () => {
    const at = random() * 1_000;
    return { at, attempt: 1, deadline: at + TIMEOUT_MS };
  });
  waiting.sort((one, other) => other.at - one.at);
  let [tokens, refilledAt, calls, last, inTime] = [BURST, 0, 0, 0, 0];
  while (waiting.length > 0) {
    const runner = waiting.pop();
    if (runner === undefined) break;
    const { at, attempt, deadline } = runner;
    tokens = Math.min(BURST, tokens + ((at - refilledAt) / 1_000) * REFILL_PER_SECOND);
    refilledAt = at;
    calls += 1;
    if (tokens >= 1) {
      tokens -= 1;
      inTime += 1;
      last = at;
      continue;
    }
    const wait = strategy(attempt, at, deadline, random);
    if (wait !== undefined) insert(waiting, { at: at + wait, attempt: attempt + 1, deadline });
  }
  return {
    runners,
    inTime,
    lastSeconds: Math.round(last / 1_000),
    callsEach: Math.round((10 * calls) / runners) / 10,
  };
}

/** Puts a runner at its place in a list that has the next one last. */
function insert<T extends { readonly at: number }>(list: T[], runner: T): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.at ?? 0) > runner.at) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, runner);
}

test('all of 1,000 runners that sign in within a second get in', () => {
  expect(simulate(1_000, ours)).toMatchObject({ inTime: 1_000 });
  expect(simulate(1_000, threeWithoutJitter).inTime).toBeLessThan(400);
});

test('the table in the docs is what this prints', () => {
  const rows = [1_000, 10_000].flatMap((runners) =>
    (
      [
        ['this action', ours],
        ['three tries, no jitter', threeWithoutJitter],
      ] as const
    ).map(([name, strategy]) => {
      const { inTime, lastSeconds, callsEach } = simulate(runners, strategy);
      return [String(runners), name, String(inTime), `${String(lastSeconds)} s`, String(callsEach)];
    }),
  );
  const page = readFileSync('docs/reliability.md', 'utf8');
  const table = [...page.matchAll(/^\| +(\d+) \| (.*?) +\| +(\d+) \| +(\d+ s) \| +([\d.]+) \|$/gm)].map(
    (match) => match.slice(1),
  );
  expect(table).toEqual(rows);
});
