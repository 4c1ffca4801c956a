import type { Inputs } from '../inputs';
import { beforeEnd } from '../ending';
import type { Log } from '../log';
import type { Network } from '../network';
import { exportVariable } from '../runner';
import type { State } from '../state';
import { type RegistryLogin, earliestExpiry, toConfigLogin } from '../tokens';
import { type Surroundings, cleanBeside, warnOfSurprises } from './clean';
import type { ConfigLocation } from './config';
import type { ConfigDocument } from './document';
import { makeIsolated } from './isolated';
import { dockerLogin } from './login';
import { addLogins } from './merge';

/** The user's Docker config, as it was found. */
export interface UserConfig extends Surroundings {
  readonly location: ConfigLocation;
  readonly document: ConfigDocument;
}

/**
 * Signs docker in to each registry, all at the same time, and then stores the logins that the registries have
 * taken where docker finds them. Gives the config that holds them. Throws a LoginError, with no login stored.
 */
export async function signIn(
  logins: readonly RegistryLogin[],
  user: UserConfig,
  options: Pick<Inputs, 'cleanDockerConfig'> & { readonly step: State },
  network: Network,
): Promise<ConfigLocation> {
  const { log, retries } = network;
  const { step, cleanDockerConfig: clean } = options;
  const { directory } = user.location;
  const signedIn = logins.map((login) =>
    dockerLogin(login, user.document, { directory, workDirectory: step.workDirectory }, network),
  );
  // From there on it is short, and goes to its end: a config is written whole.
  await beforeEnd(Promise.all(signedIn), retries.signal);

  const hosts = logins.map(({ host }) => host);
  const location = await chooseConfig(user, hosts, options, log);
  const expiresAt = earliestExpiry(logins).getTime();
  await addLogins(location, step, logins.map(toConfigLogin), { expiresAt, clean }, log);
  if (location !== user.location) exportVariable('DOCKER_CONFIG', location.directory);
  warnOfSurprises(location, hosts, user, log);
  return location;
}

async function chooseConfig(
  user: UserConfig,
  hosts: readonly string[],
  { step, cleanDockerConfig }: Pick<Inputs, 'cleanDockerConfig'> & { readonly step: State },
  log: Log,
): Promise<ConfigLocation> {
  const { location, document } = user;
  if (step.formerDockerConfig !== undefined)
    return makeIsolated(location, step.workDirectory, hosts, user, log);
  await cleanBeside(cleanDockerConfig, location, document, hosts, user, log);
  return location;
}
