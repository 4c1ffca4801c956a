import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import { elapsedMs } from './clock';
import { LoginError, codeOf, safeMessage } from './errors';
import type { Log } from './log';
import { type Failures, type Passing, nextDelay } from './retry-policy';

/** A failed attempt, judged. */
export interface Judged {
  readonly passing: Passing;
  /** In a few words, for the log; never a secret. */
  readonly why: string;
  readonly retryAfterMs?: number | undefined;
}

/** How the retries of a step are bounded. */
export interface RetryOptions {
  readonly maxAttempts: number;
  /** When the step has to be done, on the clock of `elapsedMs`. */
  readonly deadlineMs: number;
  /** Aborted when the step is to end: at the deadline, or as the job is cancelled. */
  readonly signal: AbortSignal;
}

const NONE: Failures = { throttling: 0, transient: 0 };

/** The retries of a step: one policy for AWS, for the runner's OIDC service and for docker. */
export class Retries {
  readonly #options: RetryOptions;
  readonly #log: Log;

  constructor(options: RetryOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Ends what still runs when the step is to end. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Attempts at what passes; AWS clients tell AWS of it in a header. Left to them, a variable that is no number would end the step. */
  get maxAttempts(): number {
    return this.#options.maxAttempts;
  }

  /**
   * Makes attempts until one succeeds, or fails in a way that `judge` does not call passing, or there is no
   * time left; then throws what the last one threw.
   */
  async run<Result>(
    what: string,
    attempt: () => Promise<Result>,
    judge: (error: unknown) => Judged | undefined,
  ): Promise<Result> {
    for (let failures = NONE; ;) {
      try {
        return await attempt();
      } catch (error) {
        const judged = judge(error);
        const next = judged === undefined ? undefined : this.#next(what, judged, failures);
        if (next === undefined) throw error;
        failures = next.failures;
        await sleep(next.delayMs, undefined, { signal: this.signal });
      }
    }
  }

  /** The same for an AWS client, whose own middleware makes the attempts and puts a wrong clock right. */
  strategy(what: string): RetryStrategyV2 & { readonly mode: string } {
    return {
      mode: 'standard',
      acquireInitialRetryToken: () => Promise.resolve(new Token(NONE, 0)),
      recordSuccess: () => undefined,
      refreshRetryTokenForRetry: (token, info) => {
        const judged = judgeAws(info);
        const failures = token instanceof Token ? token.failures : NONE;
        const next = judged === undefined ? undefined : this.#next(what, judged, failures);
        if (next === undefined) return Promise.reject(new Error('No more attempts'));
        return Promise.resolve(new Token(next.failures, next.delayMs));
      },
    };
  }

  #next(
    what: string,
    { passing, why, retryAfterMs }: Judged,
    before: Failures,
  ): { readonly failures: Failures; readonly delayMs: number } | undefined {
    const { maxAttempts, deadlineMs, signal } = this.#options;
    const failures = { ...before, [passing]: before[passing] + 1 };
    const remainingMs = signal.aborted ? 0 : deadlineMs - elapsedMs();
    const delayMs = nextDelay(passing, failures, { maxAttempts, remainingMs, retryAfterMs });
    if (delayMs === undefined) return undefined;
    const attempt = failures.throttling + failures.transient + 1;
    const of = passing === 'throttling' ? '' : ` of ${maxAttempts + failures.throttling}`;
    this.#log.info(`${what}: ${why}; attempt ${attempt}${of} in ${(delayMs / 1_000).toFixed(1)} s`);
    return { failures, delayMs };
  }
}

class Token implements RetryToken {
  readonly failures: Failures;
  readonly #delayMs: number;

  constructor(failures: Failures, delayMs: number) {
    this.failures = failures;
    this.#delayMs = delayMs;
  }

  getRetryCount(): number {
    return this.failures.throttling + this.failures.transient;
  }

  getRetryDelay(): number {
    return this.#delayMs;
  }
}

function judgeAws({ errorType, retryAfterHint, error }: RetryErrorInfo): Judged | undefined {
  const passing = errorType === 'THROTTLING' ? 'throttling' : 'transient';
  // Half a JSON text, or a page in its place, comes from something in between, not from AWS.
  const garbled = error instanceof SyntaxError;
  if (!garbled && errorType !== 'THROTTLING' && errorType !== 'TRANSIENT') return undefined;
  const retryAfterMs = retryAfterHint === undefined ? undefined : retryAfterHint.getTime() - Date.now();
  return { passing, why: garbled ? 'an answer that is not whole' : inShort(error), retryAfterMs };
}

function inShort(error: unknown): string {
  if (error instanceof LoginError) return error.message;
  const name = codeOf(error) ?? (error instanceof Error ? error.name : 'Error');
  const message = safeMessage(error).slice(0, 200);
  return message === '' || message.includes(name) ? message || name : `${name}: ${message}`;
}

/** The milliseconds that a Retry-After header asks for: seconds, or a date. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
