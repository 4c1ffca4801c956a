import { homedir } from 'node:os';
import { decide } from './decide';
import { locateConfig, readConfig } from './docker/config';
import { needsIsolated } from './docker/isolated';
import { signIn } from './docker/sign-in';
import { beforeEnd, watchForEnd } from './ending';
import { readInputs } from './inputs';
import { giveOutputs } from './outputs';
import { reportSignedIn } from './report';
import { Retries } from './retry';
import { failAndEnd, hideFromChildren, log } from './runner';
import { leaveState, newState } from './state';
import { getTokens } from './tokens';

async function main(): Promise<void> {
  // Whatever can be found wrong is, before any request: in the inputs, in the Docker config, between the two.
  const inputs = await readInputs(process.env);
  hideFromChildren(process.env);
  const signal = watchForEnd(inputs.timeoutSeconds);
  const deadlineMs = inputs.timeoutSeconds * 1_000;
  const network = { log, retries: new Retries({ ...inputs, deadlineMs, signal }, log) };
  const surroundings = { env: process.env, home: homedir() };
  const location = locateConfig(process.env, surroundings.home);
  const { document } = readConfig(location);
  const { plan, identities, overridden } = await decide(inputs, location.file, network);

  // The post step is to know what to undo before there is anything.
  const isolates = needsIsolated(inputs.dockerConfig, process.env);
  const state = newState(location, { ...inputs, isolates }, process.env);
  leaveState(state);

  const logins = await beforeEnd(getTokens(plan, identities, { ...inputs, overridden }, network), signal);
  const kept = await signIn(
    logins,
    { location, document, ...surroundings },
    { ...inputs, step: state },
    network,
  );
  signal.throwIfAborted();
  giveOutputs(logins, kept.directory);
  reportSignedIn(logins, kept.file, inputs.logout, log);
}

main().catch(failAndEnd);
