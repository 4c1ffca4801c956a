import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Targets } from './docker/clients';
import type { ConfigLocation } from './docker/config';
import { readState, saveState } from './runner';

/** What main leaves for the post step: paths and names, never a secret. */
export interface State {
  /** Names this step among all that share a Docker config. */
  readonly id: string;
  /** A private directory of this step, in the runner's temporary one; it is gone once the job is. */
  readonly workDirectory: string;
  /** The user's own files that logins go to: the Docker config, podman's auth file. */
  readonly configFiles: readonly string[];
  /** What DOCKER_CONFIG was ('' for unset) before this step made a private config; absent where it made none. */
  readonly formerDockerConfig?: string;
  readonly logout: boolean;
}

const NAME = 'ecr-login';

/** What a step is going to do, as far as it is to be undone. */
interface StateOptions {
  /** Whether it makes a private Docker config. */
  readonly isolates: boolean;
  readonly targets: Targets;
  readonly logout: boolean;
}

/** Makes the state of a step, with its private directory; nothing is saved yet. */
export function newState(
  { file }: ConfigLocation,
  { isolates, targets, logout }: StateOptions,
  env: NodeJS.ProcessEnv,
): State {
  const temporary = env['RUNNER_TEMP'] ?? '';
  const id = randomUUID();
  const workDirectory = join(realpathSync(temporary === '' ? tmpdir() : temporary), `ecr-login-${id}`);
  mkdirSync(workDirectory, { mode: 0o700 });
  const configFiles = [
    ...(targets.docker && !isolates ? [file] : []),
    ...(targets.authFile === undefined ? [] : [targets.authFile.file]),
  ];
  const former = isolates ? { formerDockerConfig: env['DOCKER_CONFIG'] ?? '' } : {};
  return { id, workDirectory, configFiles, logout, ...former };
}

/** Hands the state over to the post step. Called before anything is changed, so that a cancelled login is undone. */
export function leaveState(state: State): void {
  saveState(NAME, JSON.stringify(state));
}

/** What main left, or undefined where it did not come so far. Throws an Error for what main did not write. */
export function takeState(): State | undefined {
  const text = readState(NAME);
  return text === '' ? undefined : (JSON.parse(text) as State);
}
