import { rmSync } from 'node:fs';
import { configIn } from './docker/config';
import { removeLogins } from './docker/merge';
import { messageOf } from './errors';
import { explain, exportVariable, log } from './runner';
import { takeState } from './state';

async function post(): Promise<void> {
  const state = takeState();
  // Main ended before it had changed anything.
  if (state === undefined) return;
  // The posts of the steps before ours come after it: they are to find the config that they knew.
  if (state.formerDockerConfig !== undefined) exportVariable('DOCKER_CONFIG', state.formerDockerConfig);
  else if (state.logout) await removeLogins(configIn(state.configDirectory), state, log);
  else log.info(`The login stays in ${state.configDirectory}, as logout is false`);
  // A private config goes with the directory; links in it are removed, not followed.
  rmSync(state.workDirectory, { recursive: true, force: true });
}

// A build that has succeeded does not fail for its tidying up.
post().catch((error: unknown) => {
  explain(error);
  log.warning(`The login could not be undone: ${messageOf(error)}`);
});
