import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../network';
import { run } from './client';
import { type ClientLogin, LOGIN_MS, failureOf, notStarted } from './failure';

/** What a client is to be started with, beside the login itself. */
interface Start {
  readonly flags?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Has a client sign in, once, in a scratch directory of its own below `workDirectory` (a private directory of
 * this job). Throws a ClientFailure where it does not succeed, and a LoginError where it cannot be started.
 */
export async function attemptLogin(
  tool: string,
  { host, authorization }: ClientLogin,
  workDirectory: string,
  { log, proxy, retries }: Network,
  prepare: (scratch: string) => Start,
): Promise<void> {
  // Without a promise, here and below: these take tens of microseconds, and Node's promises for files 1 ms to load.
  const scratch = mkdtempSync(join(workDirectory, 'login-'));
  try {
    const { flags = [], env } = prepare(scratch);
    const outcome = await run({
      tool,
      args: ['login', ...flags, '--username', authorization.username, '--password-stdin', host],
      // A client in Go that makes one request starts 2 ms sooner, and leaves the others room, with one thread.
      env: { GOMAXPROCS: '1', ...env, ...proxy.variables },
      input: authorization.password,
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted(tool, error);
    });
    log.debug(
      `${tool} login ${host}: exit code ${outcome.exitCode}${outcome.timedOut ? ', ended by us' : ''}`,
    );
    if (outcome.exitCode !== 0)
      throw await failureOf(tool, { host, authorization }, outcome, { proxy, retries });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
