import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../network';
import { type LoginTarget, type StartedLogin, startLogin } from './attempt';
import { childEnvironment } from './client';
import { type ConfigDocument, memberText } from './document';

/**
 * Starts the docker client, in a config of its own: docker rewrites the whole config without a lock, drops keys
 * that it does not know, and replaces a truncated file, so the user's own is not for it to write.
 */
export function startDocker(
  target: LoginTarget,
  config: ConfigDocument,
  configDirectory: string,
  workDirectory: string,
  network: Network,
): StartedLogin {
  return startLogin('docker', target, workDirectory, network, (scratch) => {
    const linked = linkContexts(configDirectory, scratch);
    writeFileSync(join(scratch, 'config.json'), seed(target.host, config, linked), { mode: 0o600 });
    return { env: loginEnvironment(process.env, scratch, linked) };
  });
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
function linkContexts(configDirectory: string, scratch: string): boolean {
  const contexts = join(configDirectory, 'contexts');
  try {
    if (statSync(contexts, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
    symlinkSync(contexts, join(scratch, 'contexts'), 'junction');
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
