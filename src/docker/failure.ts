import { LoginError, messageOf } from '../errors';
import type { Network } from '../network';
import { judgeStatus } from '../passing';
import { type RegistryAnswer, askRegistry, explainRegistry } from '../registry-check';
import { type Judged, retryAfterMs } from '../retry';
import type { Outcome } from './client';

/** A registry, and the token to sign in to it with. */
export interface ClientLogin {
  readonly host: string;
  readonly authorization: { readonly username: string; readonly password: string };
}

/** Milliseconds after which a login is ended: docker ends a request by itself after 15 s; a registry that is well answers in far less. */
export const LOGIN_MS = 10_000;

/** A login that failed: what the client said at last, and the registry's own answer where it was asked for. */
export class ClientFailure extends Error {
  readonly answer: RegistryAnswer | undefined;

  constructor(said: string, answer?: RegistryAnswer) {
    super(said);
    this.answer = answer;
  }
}

// Go's words for what passes; certificates, denials and stores are not among them.
const PASSING =
  /connection re(?:fused|set)|no such host|server misbehaving|is unreachable|timeout|timed out|deadline exceeded|Client\.Timeout|\bEOF\b|broken pipe|no answer/i;
const STAYING = /x509|certificate|_CERT|tls: |Proxy Authentication Required|Error saving credentials/i;

/** Judges a failed login; undefined for what stays. A client's exit code tells nothing. */
export function judgeLogin(error: unknown): Judged | undefined {
  if (!(error instanceof ClientFailure)) return undefined;
  const { message, answer } = error;
  const status = statusIn(message);
  if (status !== undefined) return judgeStatus(status, retryAfterMs(answer?.retryAfter));
  if (STAYING.test(message) || !PASSING.test(message)) return undefined;
  return { passing: 'transient', why: message.slice(0, 300) };
}

/** The failure that a client's end is. Docker throws the registry's Retry-After away: where it can pass, we ask ourselves. */
export async function failureOf(
  tool: string,
  login: ClientLogin,
  outcome: Outcome,
  { retries, proxy }: Network,
): Promise<ClientFailure> {
  if (outcome.timedOut) return new ClientFailure(`no answer within ${LOGIN_MS / 1_000} s`);
  const said = lastLine(tool, outcome.stderr).replaceAll(login.authorization.password, '***');
  const status = statusIn(said);
  const isAsked = (status === 429 || status === 503) && !retries.signal.aborted;
  return new ClientFailure(said, isAsked ? await askRegistry(login, proxy) : undefined);
}

/** Signs in without any client, by a request of our own. Throws a ClientFailure for a login that the registry does not take. */
export async function checkLogin(login: ClientLogin, { proxy }: Network): Promise<void> {
  const answer = await askRegistry(login, proxy);
  if (answer.status === 200) return;
  const said = answer.status === 0 ? `no answer (${answer.body})` : `failed with status: ${answer.status}`;
  throw new ClientFailure(said, answer);
}

/** The error that a failed login ends in: what the client said, what the registry answers, what to do. */
export async function loginError(
  tool: string,
  login: ClientLogin,
  failure: ClientFailure,
  { proxy }: Network,
): Promise<LoginError> {
  const answer = explainRegistry(login.host, failure.answer ?? (await askRegistry(login, proxy)));
  if (tool === 'none') return new LoginError(`The login to ${login.host} failed: ${answer}`);
  return new LoginError(
    `${tool} login to ${login.host} failed: ${failure.message}; asked directly, ${answer}`,
  );
}

/** The error for a client that could not be started. */
export function notStarted(tool: string, error: unknown): LoginError {
  return new LoginError(
    `${tool} login could not be started: ${messageOf(error)}; is ${tool} installed on this runner, and on the PATH?`,
    { cause: error },
  );
}

// The status that the registry gave to the client, in docker's words or podman's.
function statusIn(said: string): number | undefined {
  const status = /status(?: code)?(?: from registry)?:? (\d{3})/i.exec(said)?.[1];
  return status === undefined ? undefined : Number(status);
}

// The lines before the last are progress ("Error logging in to endpoint, trying next endpoint") and warnings.
function lastLine(tool: string, stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING!'));
  const line = lines.at(-1)?.replace(/^(?:Error response from daemon: |Error: )/, '');
  return line?.trim() ?? `${tool} said nothing`;
}
