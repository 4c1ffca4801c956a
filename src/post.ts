import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
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
  for (const file of state.configFiles) {
    // A file that is out of order does not keep the login in the next one.
    if (state.logout) await removeLogins({ directory: dirname(file), file }, state, log).catch(warn);
    else log.info(`The login stays in ${file}, as logout is false`);
  }
  // A private config goes with the directory; links in it are removed, not followed.
  rmSync(state.workDirectory, { recursive: true, force: true });
  if (existsSync(state.workDirectory))
    log.warning(`${state.workDirectory} could not be removed: it may hold a login; remove it by hand`);
}

// A build that has succeeded does not fail for its tidying up.
function warn(error: unknown): void {
  explain(error);
  log.warning(`The login could not be undone: ${messageOf(error)}`);
}

post().catch(warn);
