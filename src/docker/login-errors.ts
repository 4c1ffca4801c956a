import { LoginError, messageOf } from '../errors';
import { explainRegistry } from '../registry-check';
import type { Outcome } from './client';

/** A registry, and the token to sign in to it with. */
export interface ClientLogin {
  readonly host: string;
  readonly authorization: { readonly username: string; readonly password: string };
}

/** Milliseconds after which a login is ended: docker ends a request by itself after 15 s; a registry that is well answers in far less. */
export const LOGIN_MS = 10_000;

/** The error for a client that could not be started. */
export function notStarted(tool: string, error: unknown): LoginError {
  return new LoginError(
    `${tool} login could not be started: ${messageOf(error)}; is ${tool} installed on this runner, and on the PATH?`,
    { cause: error },
  );
}

/** The error for a login that failed: what the client said, and what the registry answers when we ask it ourselves. */
export async function loginFailure(tool: string, login: ClientLogin, outcome: Outcome): Promise<LoginError> {
  const said = outcome.timedOut
    ? `no answer within ${String(LOGIN_MS / 1000)} s`
    : lastLine(tool, outcome.stderr).replaceAll(login.authorization.password, '***');
  const answer = await explainRegistry(login.host, login.authorization);
  return new LoginError(`${tool} login to ${login.host} failed: ${said}; ${answer}`);
}

// The lines before the last are progress ("Error logging in to endpoint, trying next endpoint") and warnings.
function lastLine(tool: string, stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING!'));
  const line = lines.at(-1)?.replace(/^(?:Error response from daemon: |Error: )/, '');
  return line?.trim() ?? `${tool} said nothing`;
}
