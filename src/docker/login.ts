import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoginError, messageOf } from '../errors';
import type { Log } from '../log';
import type { Network } from '../network';
import { askRegistry, explainRegistry } from '../registry-check';
import { type ConfigDocument, memberText } from './document';
import { type Outcome, childEnvironment, run } from './client';
import { DockerFailure, judgeDocker, lastLine, statusIn } from './failure';

/** A registry, and the token to sign in to it with. */
export interface DockerLogin {
  readonly host: string;
  readonly authorization: { readonly username: string; readonly password: string };
}

// Docker ends a request by itself after 15 s; a registry that is well answers in far less.
const LOGIN_MS = 10_000;

/** The user's Docker config directory, and a private one of this job. */
export interface Directories {
  readonly directory: string;
  readonly workDirectory: string;
}

/**
 * Signs the docker client in, in a config of its own below `workDirectory`: docker rewrites the whole config
 * without a lock, drops keys that it does not know, and replaces a truncated file, so the user's own is not
 * for it to write. Throws a LoginError that holds the registry's own answer.
 */
export async function dockerLogin(
  login: DockerLogin,
  config: ConfigDocument,
  directories: Directories,
  { log, retries }: Network,
): Promise<void> {
  const { host } = login;
  try {
    await retries.run(
      `docker login ${host}`,
      () => attempt(login, config, directories, retries.signal, log),
      judgeDocker,
    );
  } catch (error) {
    if (!(error instanceof DockerFailure) || retries.signal.aborted) throw error;
    const answer = explainRegistry(host, error.answer ?? (await askRegistry(login)));
    throw new LoginError(`docker login to ${host} failed: ${error.message}; ${answer}`);
  }
}

async function attempt(
  login: DockerLogin,
  config: ConfigDocument,
  { directory, workDirectory }: Directories,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  signal.throwIfAborted();
  const { host, authorization } = login;
  const scratch = await mkdtemp(join(workDirectory, 'login-'));
  try {
    const linked = await linkContexts(directory, scratch);
    await writeFile(join(scratch, 'config.json'), seed(host, config, linked), { mode: 0o600 });
    const outcome = await run({
      tool: 'docker',
      args: ['login', '--username', authorization.username, '--password-stdin', host],
      env: loginEnvironment(process.env, scratch, linked),
      input: authorization.password,
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted(error);
    });
    const { exitCode, timedOut } = outcome;
    log.debug(`docker login ${host}: exit code ${exitCode}${timedOut ? ', ended by us' : ''}`);
    if (exitCode !== 0) throw await failureOf(login, outcome, signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

// Docker drops Retry-After: those who are asked to wait are told how long by the registry itself.
async function failureOf(login: DockerLogin, outcome: Outcome, signal: AbortSignal): Promise<DockerFailure> {
  if (outcome.timedOut) return new DockerFailure(`no answer within ${String(LOGIN_MS / 1000)} s`);
  const said = lastLine(outcome);
  const status = statusIn(said);
  if (signal.aborted || (status !== 429 && status !== 503)) return new DockerFailure(said);
  return new DockerFailure(said, await askRegistry(login));
}

/**
 * The config that docker signs in with: the user's headers and proxies, and one entry under `auths`, without
 * which docker picks a native credential store by itself.
 */
function seed(host: string, config: ConfigDocument, contextsLinked: boolean): string {
  const kept = ['HttpHeaders', 'proxies', ...(contextsLinked ? ['currentContext'] : [])];
  const members = kept.flatMap((name) => {
    const value = memberText(config, name);
    return value === undefined ? [] : [`${JSON.stringify(name)}:${value}`];
  });
  return `{${[`"auths":{${JSON.stringify(host)}:{}}`, ...members].join(',')}}`;
}

/** Makes the user's contexts known to the scratch config; false where there are none, or no link can be made. */
async function linkContexts(configDirectory: string, scratch: string): Promise<boolean> {
  const contexts = join(configDirectory, 'contexts');
  try {
    if (!(await stat(contexts)).isDirectory()) return false;
    await symlink(contexts, join(scratch, 'contexts'), 'junction');
    return true;
  } catch {
    return false;
  }
}

function loginEnvironment(
  env: NodeJS.ProcessEnv,
  scratch: string,
  contextsLinked: boolean,
): Record<string, string> {
  const result: Record<string, string> = { ...childEnvironment(env), DOCKER_CONFIG: scratch };
  // Either would have the client (docker, or podman in its place) look past the scratch config.
  delete result['REGISTRY_AUTH_FILE'];
  delete result['DOCKER_AUTH_CONFIG'];
  // Without the contexts it fails with "context not found", though a login needs none.
  if (!contextsLinked) delete result['DOCKER_CONTEXT'];
  return result;
}

function notStarted(error: unknown): LoginError {
  return new LoginError(
    `docker login could not be started: ${messageOf(error)}; is docker installed on this runner, and on the PATH?`,
    { cause: error },
  );
}
