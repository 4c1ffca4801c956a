import { homedir } from 'node:os';
import { chooseClients, findTargets } from './docker/clients';
import { locateConfig, readConfig } from './docker/config';
import { needsIsolated } from './docker/isolated';
import { connectEarly, loadAws } from './early-connection';
import { beforeEnd, watchForEnd } from './ending';
import { readInputs } from './inputs';
import { meanwhile } from './meanwhile';
import { newState } from './new-state';
import { giveOutputs } from './outputs';
import { reportSignedIn, summarize } from './report';
import { Retries } from './retry';
import { end, failAndEnd, hideFromChildren, log } from './runner';
import { leaveState } from './state';

async function main(): Promise<void> {
  // Whatever can be found wrong is, before any request: in the inputs, in the Docker config, between the two.
  const inputs = await readInputs(process.env);
  hideFromChildren(process.env);
  const signal = watchForEnd(inputs.timeoutSeconds);
  const deadlineMs = inputs.timeoutSeconds * 1_000;
  const retries = new Retries({ ...inputs, deadlineMs, signal }, log);
  const network = { log, retries, proxy: inputs.proxy, agent: await connectEarly(inputs, process.env) };
  const surroundings = { env: process.env, home: homedir() };
  const location = locateConfig(process.env, surroundings.home);
  const { document } = readConfig(location);
  const isolates = needsIsolated(inputs.dockerConfig, process.env);
  const clients = chooseClients(inputs.clients, process.env, log);
  const targets = findTargets(clients, isolates, location, surroundings);
  const { decide, getTokens } = await loadAws();
  const { plan, identities, overridden, knownHosts } = await decide(inputs, location.file, network);

  // The post step is to know what to undo before there is anything.
  const state = newState(location, { ...inputs, isolates, targets }, process.env);
  leaveState(state);

  const user = { location, document, ...surroundings };
  // While AWS is asked, what signs in is loaded, and the clients are started where the registry is known.
  const prepared = meanwhile(async () => {
    const { prepareSignIn } = await import('./docker/sign-in');
    return prepareSignIn(knownHosts, user, { ...inputs, clients, targets, step: state }, network);
  });
  const logins = await beforeEnd(getTokens(plan, identities, { ...inputs, overridden }, network), signal);
  const signIn = await prepared();
  const kept = await signIn(logins);
  signal.throwIfAborted();
  giveOutputs(logins, kept[0]?.directory ?? '', { ...inputs, env: process.env }, log);
  if (inputs.summary) summarize(logins, log);
  reportSignedIn(
    logins,
    kept.map(({ file }) => file),
    inputs.logout,
    log,
  );
}

// Until it is done: a step that has nothing left to wait for, and is not, has failed.
process.exitCode = 1;
main().then(end, failAndEnd);
