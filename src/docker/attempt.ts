import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../network';
import { run } from './client';
import { type ClientLogin, LOGIN_MS, failureOf, notStarted } from './failure';

const SCRATCH = 'login-';

/** What a client is to be started with, beside the login itself. */
interface Start {
  readonly flags?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A client that was started to sign in, and waits for the login. Throws a ClientFailure where it does not
 * succeed, and a LoginError where it could not be started.
 */
export type StartedLogin = (login: ClientLogin) => Promise<void>;

/** What is known of a login before its password is there. */
export interface LoginTarget {
  readonly host: string;
  readonly username: string;
}

/**
 * Starts a client that is to sign in, once, in a scratch directory of its own below `workDirectory` (a private
 * directory of this job). It reads its config, and then waits for its password.
 */
export function startLogin(
  tool: string,
  target: LoginTarget,
  workDirectory: string,
  network: Network,
  prepare: (scratch: string) => Start,
): StartedLogin {
  let give: (login: ClientLogin) => void = () => undefined;
  const given = new Promise<ClientLogin>((resolve) => {
    give = resolve;
  });
  const done = attempt(tool, target, given, workDirectory, network, prepare);
  // Told to whoever gives the login, which may be later.
  done.catch(() => undefined);
  return (login) => {
    give(login);
    return done;
  };
}

async function attempt(
  tool: string,
  { host, username }: LoginTarget,
  given: Promise<ClientLogin>,
  workDirectory: string,
  network: Network,
  prepare: (scratch: string) => Start,
): Promise<void> {
  // Without a promise, here and below: these take tens of microseconds, and Node's promises for files 1 ms to load.
  const scratch = mkdtempSync(join(workDirectory, SCRATCH));
  try {
    const { flags = [], env } = prepare(scratch);
    const outcome = await run({
      tool,
      args: ['login', ...flags, '--username', username, '--password-stdin', host],
      // A client in Go that makes one request starts 2 ms sooner, and leaves the others room, with one thread.
      env: { GOMAXPROCS: '1', ...env, ...network.proxy.variables },
      input: given.then(({ authorization }) => authorization.password),
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted(tool, error);
    });
    network.log.debug(
      `${tool} login ${host}: exit code ${outcome.exitCode}${outcome.timedOut ? ', ended by us' : ''}`,
    );
    if (outcome.exitCode !== 0) throw await failureOf(tool, await given, outcome, network);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Removes the scratch directories of the clients that were ended before they were done. */
export function removeScratch(workDirectory: string): void {
  const names = existsSync(workDirectory) ? readdirSync(workDirectory) : [];
  for (const name of names.filter((one) => one.startsWith(SCRATCH)))
    rmSync(join(workDirectory, name), { recursive: true, force: true });
}
