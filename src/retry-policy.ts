/** A fault that passes: `throttling` where somebody asks to be asked less, `transient` for all others. */
export type Passing = 'throttling' | 'transient';

/** What has failed so far. */
export interface Failures {
  readonly throttling: number;
  readonly transient: number;
}

/** How long it may go on. */
export interface Limits {
  /** For transient faults; throttling is bounded by the deadline alone. */
  readonly maxAttempts: number;
  /** Milliseconds that are left of the step. */
  readonly remainingMs: number;
  /** Milliseconds that the other side asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

// Many runners start at once, and ECR counts requests by the second: who is throttled spreads over seconds.
const PACE = { throttling: { baseMs: 1_000, capMs: 20_000 }, transient: { baseMs: 200, capMs: 20_000 } };
// An attempt that begins with less than this left would not end in time.
const LEAST_MS = 500;

/**
 * The milliseconds to wait before the next attempt, or undefined where there is to be none. Full jitter: a
 * random part of a span that doubles, so that those who failed together do not come back together.
 */
export function nextDelay(
  passing: Passing,
  failures: Failures,
  { maxAttempts, remainingMs, retryAfterMs = 0 }: Limits,
  random: () => number = Math.random,
): number | undefined {
  if (passing === 'transient' && failures.transient >= maxAttempts) return undefined;
  const leftMs = remainingMs - LEAST_MS;
  const { baseMs, capMs } = PACE[passing];
  const spanMs = Math.min(capMs, baseMs * 2 ** (failures[passing] - 1));
  // Those who are told the same moment are spread behind it. A wait is not cut to the time that is left: all
  // who are short of time would come at once.
  const delayMs = retryAfterMs + random() * spanMs;
  return delayMs < leftMs ? delayMs : undefined;
}
