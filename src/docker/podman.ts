import { join } from 'node:path';
import type { Network } from '../network';
import { isLoopback } from '../registry-check';
import { attemptLogin } from './attempt';
import { childEnvironment } from './client';
import type { ContainersClient } from './clients';
import type { ClientLogin } from './failure';

/**
 * Signs a client of the podman family in, into an auth file of its own: so the registry has taken the token,
 * and the user's file is ours to merge it into. One attempt; throws as `attemptLogin` does.
 */
export function podmanLogin(
  client: ContainersClient,
  login: ClientLogin,
  workDirectory: string,
  network: Network,
): Promise<void> {
  // Docker too takes a registry on loopback without TLS, and no other.
  const insecure = isLoopback(login.host) ? ['--tls-verify=false'] : [];
  return attemptLogin(client, login, workDirectory, network, (scratch) => ({
    flags: ['--authfile', join(scratch, 'auth.json'), ...insecure],
    // A credential helper that the user's config names for this host is not for this one to write to.
    env: { ...childEnvironment(process.env), REGISTRY_AUTH_FILE: '', DOCKER_CONFIG: scratch },
  }));
}
