import { join } from 'node:path';
import type { Network } from '../network';
import { isLoopback } from '../registry-check';
import { type LoginTarget, type StartedLogin, startLogin } from './attempt';
import { childEnvironment } from './client';
import type { ContainersClient } from './clients';

/**
 * Starts a client of the podman family, with an auth file of its own: so the registry has taken the token, and
 * the user's file is ours to merge it into.
 */
export function startPodman(
  client: ContainersClient,
  target: LoginTarget,
  workDirectory: string,
  network: Network,
): StartedLogin {
  // Docker too takes a registry on loopback without TLS, and no other.
  const insecure = isLoopback(target.host) ? ['--tls-verify=false'] : [];
  return startLogin(client, target, workDirectory, network, (scratch) => ({
    flags: ['--authfile', join(scratch, 'auth.json'), ...insecure],
    // A credential helper that the user's config names for this host is not for this one to write to.
    env: { ...childEnvironment(process.env), REGISTRY_AUTH_FILE: '', DOCKER_CONFIG: scratch },
  }));
}
