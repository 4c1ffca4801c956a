import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LoginError } from '../errors';
import type { Log } from '../log';
import { findOnPath } from './client';
import { type ConfigLocation, readConfig } from './config';
import { podmanFiles } from './other-files';

/** The clients that keep their logins in podman's own file, where nothing has them read another. */
const CONTAINERS = ['podman', 'buildah', 'skopeo'] as const;

/** A client of the podman family. */
export type ContainersClient = (typeof CONTAINERS)[number];

/** What signs in: a client that is installed, or none: then we ask the registry ourselves. */
export type Client = 'docker' | ContainersClient | 'none';

const WORDS: readonly Client[] = ['docker', ...CONTAINERS, 'none'];

/** Whether a client is one of the podman family. */
export function isOfPodman(client: Client): client is ContainersClient {
  return CONTAINERS.some((one) => one === client);
}

/** Reads the words of `client`; `auto` stands alone. Throws a LoginError for another word. */
export function parseClients(words: readonly string[]): readonly Client[] | 'auto' {
  const given = [...new Set(words.map((word) => word.toLowerCase()))];
  if (given.length === 0 || (given.length === 1 && given[0] === 'auto')) return 'auto';
  return given.map((word) => {
    if (word === 'auto') {
      throw new LoginError(
        'The input client holds auto beside others: auto picks one client by itself, so write it alone, or name each',
      );
    }
    const found = WORDS.find((one) => one === word);
    if (found === undefined)
      throw new LoginError(`The input client is "${word}": write auto, ${WORDS.join(', ')}`);
    return found;
  });
}

/**
 * The clients to sign in: those named, or the first of docker, podman, buildah and skopeo on the PATH. Where
 * there is none, as in a job that builds with kaniko or ko, the Docker config is still what such tools read.
 */
export function chooseClients(
  given: readonly Client[] | 'auto',
  env: NodeJS.ProcessEnv,
  log: Log,
): readonly Client[] {
  if (given !== 'auto') return given;
  const client = WORDS.find((word) => word === 'none' || findOnPath(word, env) !== undefined) ?? 'none';
  if (client === 'none')
    log.info(
      'No container client is on the PATH: the token is checked by a request of our own, and goes into the Docker config',
    );
  else if (client !== 'docker') log.info(`docker is not on the PATH: ${client} signs in`);
  return [client];
}

/** The files that the logins go to. */
export interface Targets {
  /** Whether they go to the Docker config. */
  readonly docker: boolean;
  /** The file of the podman family's own, where a client reads it. */
  readonly authFile: ConfigLocation | undefined;
}

/**
 * Finds where the clients read their logins: podman, buildah and skopeo in REGISTRY_AUTH_FILE; else in the
 * Docker config while DOCKER_CONFIG names one; else in their auth.json. Throws a LoginError for one of theirs
 * that cannot be used.
 */
export function findTargets(
  clients: readonly Client[],
  isolates: boolean,
  config: ConfigLocation,
  { env, home }: { readonly env: NodeJS.ProcessEnv; readonly home: string },
): Targets {
  const found = clients.some(isOfPodman) ? findAuthFile(isolates, env, home) : undefined;
  const authFile = found?.file === resolve(config.file) ? undefined : found;
  if (authFile !== undefined) readConfig(authFile);
  return { docker: isolates || authFile === undefined || !clients.every(isOfPodman), authFile };
}

function findAuthFile(isolates: boolean, env: NodeJS.ProcessEnv, home: string): ConfigLocation | undefined {
  const given = env['REGISTRY_AUTH_FILE'] ?? '';
  if (given !== '') return locate(resolve(given));
  if (isolates || (env['DOCKER_CONFIG'] ?? '') !== '') return undefined;
  const files = podmanFiles(env, home).map(locate);
  // The first is where podman itself would write; without a session it can be out of this user's reach.
  return files.find(({ directory }) => canBeMade(directory)) ?? files.at(-1);
}

function locate(file: string): ConfigLocation {
  return { directory: dirname(file), file };
}

function canBeMade(directory: string): boolean {
  const parent = dirname(directory);
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return parent !== directory && !existsSync(directory) && canBeMade(parent);
  }
}
