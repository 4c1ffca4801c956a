import { LoginError, messageOf } from '../errors';
import type { Inputs } from '../inputs';
import type { Log } from '../log';
import { beforeEnd } from '../ending';
import type { Network } from '../network';
import { exportVariable } from '../runner';
import type { State } from '../state';
import { type RegistryLogin, earliestExpiry, toConfigLogin } from '../tokens';
import { type Surroundings, cleanBeside, warnOfSurprises } from './clean';
import type { ConfigLocation } from './config';
import type { ConfigDocument } from './document';
import { makeIsolated } from './isolated';
import { type Client, type Targets, isOfPodman } from './clients';
import { ClientFailure, checkLogin, judgeLogin, loginError } from './failure';
import { dockerLogin } from './login';
import { addLogins } from './merge';
import { podmanLogin } from './podman';

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

/**
 * Signs each client in to each registry, all at the same time, and then stores the logins that the registries
 * have taken where the clients find them. Gives the files that hold them. Throws a LoginError, with no login
 * stored, or what was stored noted for the post step.
 */
export async function signIn(
  logins: readonly RegistryLogin[],
  user: UserConfig,
  options: SignInOptions,
  network: Network,
): Promise<readonly ConfigLocation[]> {
  const { log, retries } = network;
  const { step, clients, targets, cleanDockerConfig: clean } = options;
  const attempts = logins.flatMap((login) =>
    clients.map((client) => signInWith(client, login, user, step, network)),
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
  user: UserConfig,
  { workDirectory }: State,
  network: Network,
): Promise<void> {
  const { retries } = network;
  const attempt = (): Promise<void> => {
    retries.signal.throwIfAborted();
    if (client === 'none') return checkLogin(login, network);
    if (isOfPodman(client)) return podmanLogin(client, login, workDirectory, network);
    return dockerLogin(login, user.document, user.location.directory, workDirectory, network);
  };
  const what = client === 'none' ? `login to ${login.host}` : `${client} login ${login.host}`;
  try {
    await retries.run(what, attempt, judgeLogin);
  } catch (error) {
    if (!(error instanceof ClientFailure) || retries.signal.aborted) throw error;
    throw await loginError(client, login, error, network);
  }
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
