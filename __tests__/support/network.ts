import { EarlyAgent } from '../../src/early-connection';
import type { Log } from '../../src/log';
import type { Network } from '../../src/network';
import { Retries } from '../../src/retry';

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
};

/** What a function that asks somebody else is handed: one attempt, and a minute. */
export function testNetwork(log: Log = SILENT, maxAttempts = 1): Network {
  const { signal } = new AbortController();
  const deadlineMs = performance.now() + 60_000;
  return {
    log,
    retries: new Retries({ maxAttempts, deadlineMs, signal }, log),
    agent: new EarlyAgent({ isElsewhere: true }),
    proxy: { url: undefined, except: '', variables: {} },
  };
}
