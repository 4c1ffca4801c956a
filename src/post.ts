import { rm } from 'node:fs/promises';
import { configIn } from './docker/config';
import { removeLogins } from './docker/merge';
import { messageOf } from './errors';
import { explain, log } from './runner';
import { takeState } from './state';

async function post(): Promise<void> {
  const state = takeState();
  // Main ended before it had changed anything.
  if (state === undefined) return;
  if (state.logout) await removeLogins(configIn(state.configDirectory), state, log);
  else log.info(`The login stays in ${state.configDirectory}, as logout is false`);
  await rm(state.workDirectory, { recursive: true, force: true });
}

// A build that has succeeded does not fail for its tidying up.
post().catch((error: unknown) => {
  explain(error);
  log.warning(`The login could not be undone: ${messageOf(error)}`);
});
