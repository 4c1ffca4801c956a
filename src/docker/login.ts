import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '../network';
import { type ConfigDocument, memberText } from './document';
import { childEnvironment, run } from './client';
import { type ClientLogin, LOGIN_MS, failureOf, notStarted } from './failure';

/**
 * Signs the docker client in, in a config of its own below `workDirectory` (a private directory of this job):
 * docker rewrites the whole config without a lock, drops keys that it does not know, and replaces a truncated
 * file, so the user's own is not for it to write. One attempt; throws a
 * ClientFailure where docker does not succeed.
 */
export async function dockerLogin(
  login: ClientLogin,
  config: ConfigDocument,
  configDirectory: string,
  workDirectory: string,
  network: Network,
): Promise<void> {
  const { host, authorization } = login;
  const scratch = await mkdtemp(join(workDirectory, 'login-'));
  try {
    const linked = await linkContexts(configDirectory, scratch);
    await writeFile(join(scratch, 'config.json'), seed(host, config, linked), { mode: 0o600 });
    const outcome = await run({
      tool: 'docker',
      args: ['login', '--username', authorization.username, '--password-stdin', host],
      env: { ...loginEnvironment(process.env, scratch, linked), ...network.proxy.variables },
      input: authorization.password,
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted('docker', error);
    });
    network.log.debug(
      `docker login ${host}: exit code ${outcome.exitCode}${outcome.timedOut ? ', ended by us' : ''}`,
    );
    if (outcome.exitCode !== 0) throw await failureOf('docker', login, outcome, network);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
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
