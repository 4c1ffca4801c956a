// Apart from state.ts, which the post step reads: Node's crypto takes it 4 ms to load.
import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Targets } from './docker/clients';
import type { ConfigLocation } from './docker/config';
import type { State } from './state';

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
