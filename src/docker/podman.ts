import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log';
import { isLoopback } from '../registry-check';
import { childEnvironment, run } from './client';
import type { ContainersClient } from './clients';
import { type ClientLogin, LOGIN_MS, loginFailure, notStarted } from './login-errors';

/**
 * Signs a client of the podman family in, into an auth file of its own below `workDirectory`: so the registry
 * has taken the token, and the user's file is ours to merge it into. Throws a LoginError that holds the
 * registry's own answer.
 */
export async function podmanLogin(
  client: ContainersClient,
  login: ClientLogin,
  workDirectory: string,
  log: Log,
): Promise<void> {
  const { host, authorization } = login;
  const scratch = await mkdtemp(join(workDirectory, 'login-'));
  // Docker too takes a registry on loopback without TLS, and no other.
  const insecure = isLoopback(host) ? ['--tls-verify=false'] : [];
  const file = ['--authfile', join(scratch, 'auth.json')];
  try {
    const outcome = await run({
      tool: client,
      args: ['login', ...file, ...insecure, '--username', authorization.username, '--password-stdin', host],
      // A credential helper that the user's config names for this host is not for this one to write to.
      env: { ...childEnvironment(process.env), REGISTRY_AUTH_FILE: '', DOCKER_CONFIG: scratch },
      input: authorization.password,
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted(client, error);
    });
    log.debug(
      `${client} login ${host}: exit code ${outcome.exitCode}${outcome.timedOut ? ', ended by us' : ''}`,
    );
    if (outcome.exitCode !== 0) throw await loginFailure(client, login, outcome);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
