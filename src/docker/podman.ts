import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '../network';
import { isLoopback } from '../registry-check';
import { childEnvironment, run } from './client';
import type { ContainersClient } from './clients';
import { type ClientLogin, LOGIN_MS, failureOf, notStarted } from './failure';

/**
 * Signs a client of the podman family in, into an auth file of its own below `workDirectory`: so the registry
 * has taken the token, and the user's file is ours to merge it into. One attempt; throws a ClientFailure
 * where the client does not succeed.
 */
export async function podmanLogin(
  client: ContainersClient,
  login: ClientLogin,
  workDirectory: string,
  network: Network,
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
      env: {
        ...childEnvironment(process.env),
        ...network.proxy.variables,
        REGISTRY_AUTH_FILE: '',
        DOCKER_CONFIG: scratch,
      },
      input: authorization.password,
      timeoutMs: LOGIN_MS,
    }).catch((error: unknown) => {
      throw notStarted(client, error);
    });
    network.log.debug(
      `${client} login ${host}: exit code ${outcome.exitCode}${outcome.timedOut ? ', ended by us' : ''}`,
    );
    if (outcome.exitCode !== 0) throw await failureOf(client, login, outcome, network);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
