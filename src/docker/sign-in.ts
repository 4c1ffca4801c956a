import { LoginError, messageOf } from '../errors';
import type { Inputs } from '../inputs';
import type { Log } from '../log';
import { beforeEnd } from '../ending';
import type { Network } from '../network';
import { exportVariable } from '../runner';
import type { State } from '../state';
import { type RegistryLogin, earliestExpiry, toConfigLogin } from '../registry-login';
import { type LoginTarget, type StartedLogin, removeScratch } from './attempt';
import { type Surroundings, cleanBeside, warnOfSurprises } from './clean';
import { endChildren, loadExec } from './client';
import type { ConfigLocation } from './config';
import type { ConfigDocument } from './document';
import { makeIsolated } from './isolated';
import { type Client, type Targets, isOfPodman } from './clients';
import { ClientFailure, checkLogin, judgeLogin, loginError } from './failure';
import { startDocker } from './login';
import { addLogins } from './merge';
import { startPodman } from './podman';

// The user name of each login to ECR (ECR user guide, private registry authentication).
const USERNAME = 'AWS';

/** The user's Docker config, as it was found. */
export interface UserConfig extends Surroundings {
  readonly location: ConfigLocation;
  readonly document: ConfigDocument;
}

/** How to sign in. */
interface SignInOptions extends Pick<Inputs, 'cleanDockerConfig'> {
  readonly clients: readonly Client[];
  readonly targets: Targets;
  readonly step: State;
}

/** Gives a client that waits for its login. */
type Start = (client: Client, target: LoginTarget) => StartedLogin;

/**
 * Loads what starts programs, and starts the clients for the hosts that are known: they wait for their passwords
 * while AWS is asked. Gives what signs in, which does so for each client and registry at the same time, and then
 * stores the logins that the registries have taken where the clients find them; it gives the files that hold
 * them. That throws a LoginError, with no login stored, or what was stored noted for the post step.
 */
export function prepareSignIn(
  hosts: readonly string[],
  user: UserConfig,
  options: SignInOptions,
  network: Network,
): (logins: readonly RegistryLogin[]) => Promise<readonly ConfigLocation[]> {
  if (options.clients.some((client) => client !== 'none')) void loadExec();
  // One that still waits when the step ends goes with it, and with all that it was given.
  process.once('exit', () => {
    endChildren();
    removeScratch(options.step.workDirectory);
  });
  const start: Start = (client, target) =>
    startClient(client, target, user, options.step.workDirectory, network);
  const started = new Map<string, StartedLogin>();
  for (const target of [...new Set(hosts)].map((host) => ({ host, username: USERNAME })))
    for (const client of options.clients) started.set(keyOf(client, target), start(client, target));
  // Each that was started signs in once.
  const take: Start = (client, target) => {
    const key = keyOf(client, target);
    const found = started.get(key);
    started.delete(key);
    return found ?? start(client, target);
  };
  return (logins) => signIn(logins, take, user, options, network);
}

async function signIn(
  logins: readonly RegistryLogin[],
  take: Start,
  user: UserConfig,
  options: SignInOptions,
  network: Network,
): Promise<readonly ConfigLocation[]> {
  const { log, retries } = network;
  const { step, clients, targets, cleanDockerConfig: clean } = options;
  const attempts = logins.flatMap((login) =>
    clients.map((client) => signInWith(client, login, take, network)),
  );
  // From there on it is short, and goes to its end: a config is written whole.
  throwFailures(await beforeEnd(Promise.allSettled(attempts), retries.signal));

  const hosts = logins.map(({ host }) => host);
  const own = targets.authFile === undefined ? [] : [targets.authFile];
  const locations = [...(targets.docker ? [await chooseConfig(user, hosts, options, log)] : []), ...own];
  const expiresAt = earliestExpiry(logins).getTime();
  for (const location of locations)
    await addLogins(
      location,
      step,
      logins.map(toConfigLogin),
      { expiresAt, clean, isKept: !step.logout },
      log,
    );
  const [first] = locations;
  if (step.formerDockerConfig !== undefined && first !== undefined)
    exportVariable('DOCKER_CONFIG', first.directory);
  warnOfSurprises({ docker: targets.docker, locations }, hosts, user, log);
  return locations;
}

// All are waited for: which ones failed is the same question for each, and no child is left running.
function throwFailures(outcomes: readonly PromiseSettledResult<void>[]): void {
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  const [first, ...more] = failures;
  if (first === undefined) return;
  if (more.length === 0 && first instanceof Error) throw first;
  throw new LoginError(failures.map(messageOf).join('; and '), { cause: first });
}

async function signInWith(
  client: Client,
  login: RegistryLogin,
  take: Start,
  network: Network,
): Promise<void> {
  const { retries } = network;
  const target = { host: login.host, username: login.authorization.username };
  const attempt = (): Promise<void> => {
    retries.signal.throwIfAborted();
    return take(client, target)(login);
  };
  const what = client === 'none' ? `login to ${login.host}` : `${client} login ${login.host}`;
  try {
    await retries.run(what, attempt, judgeLogin);
  } catch (error) {
    if (!(error instanceof ClientFailure) || retries.signal.aborted) throw error;
    throw await loginError(client, login, error, network);
  }
}

function keyOf(client: Client, { host, username }: LoginTarget): string {
  return `${client} ${username} ${host}`;
}

function startClient(
  client: Client,
  target: LoginTarget,
  { document, location }: UserConfig,
  workDirectory: string,
  network: Network,
): StartedLogin {
  if (client === 'none') return (login) => checkLogin(login, network);
  if (isOfPodman(client)) return startPodman(client, target, workDirectory, network);
  return startDocker(target, document, location.directory, workDirectory, network);
}

async function chooseConfig(
  user: UserConfig,
  hosts: readonly string[],
  { step, targets, cleanDockerConfig }: SignInOptions,
  log: Log,
): Promise<ConfigLocation> {
  const { location, document } = user;
  if (step.formerDockerConfig !== undefined)
    return makeIsolated(location, step.workDirectory, hosts, user, log);
  const ours = targets.authFile === undefined ? [location] : [location, targets.authFile];
  await cleanBeside(cleanDockerConfig, ours, document, hosts, user, log);
  return location;
}
