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

/** Hands the state over to the post step. Called before anything is changed, so that a cancelled login is undone. */
export function leaveState(state: State): void {
  saveState(NAME, JSON.stringify(state));
}

/** What main left, or undefined where it did not come so far. Throws an Error for what main did not write. */
export function takeState(): State | undefined {
  const text = readState(NAME);
  return text === '' ? undefined : (JSON.parse(text) as State);
}
