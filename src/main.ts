import { homedir } from 'node:os';
import { findIdentities } from './credentials/identity';
import { cleanBeside, warnOfSurprises } from './docker/clean';
import { locateConfig, readConfig } from './docker/config';
import { findIsolated, makeIsolated } from './docker/isolated';
import { dockerLogin } from './docker/login';
import { addLogins } from './docker/merge';
import { findEndpointOverride } from './ecr';
import { readInputs } from './inputs';
import { earliestExpiry, giveOutputs } from './outputs';
import { planLogins } from './plan';
import { findDefaultRegion } from './region';
import { reportSignedIn, reportStart } from './report';
import { exportVariable, fail, log } from './runner';
import { leaveState, newState } from './state';
import { getTokens, toConfigLogin } from './tokens';

async function main(): Promise<void> {
  // What is wanted, and whether it can be: what fails here does so before any request.
  const inputs = readInputs(process.env);
  const surroundings = { env: process.env, home: homedir() };
  const userConfig = locateConfig(process.env, surroundings.home);
  const { document } = readConfig(userConfig);
  const override = await findEndpointOverride();
  const overridden = override !== undefined;
  const plan = planLogins(inputs.references, inputs.registries, {
    defaultRegion: await findDefaultRegion(inputs.region, log),
    fips: process.env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    dualStack: process.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    overridden,
  });
  const identities = findIdentities(
    plan.map(({ request }) => request.credentialId),
    inputs,
  );
  await reportStart(override, userConfig.file, log);

  // The post step is to know what to undo before there is anything.
  const isolates = inputs.dockerConfig === 'isolated' && findIsolated(process.env) === undefined;
  const state = newState(userConfig.directory, isolates, inputs.logout, process.env);
  leaveState(state);

  const logins = await getTokens(plan, identities, { overridden, maskPassword: inputs.maskPassword }, log);
  const { workDirectory } = state;
  await Promise.all(
    logins.map((login) => dockerLogin(login, document, userConfig.directory, workDirectory, log)),
  );

  // Only logins that the registries have taken are stored, where docker finds them.
  const hosts = logins.map(({ host }) => host);
  const location = isolates
    ? await makeIsolated(userConfig, workDirectory, hosts, surroundings, log)
    : userConfig;
  if (!isolates) await cleanBeside(inputs.cleanDockerConfig, location, document, hosts, surroundings, log);
  const expiresAt = earliestExpiry(logins).getTime();
  await addLogins(
    location,
    state,
    logins.map(toConfigLogin),
    { expiresAt, clean: inputs.cleanDockerConfig },
    log,
  );
  if (isolates) exportVariable('DOCKER_CONFIG', location.directory);
  warnOfSurprises(location, hosts, surroundings, log);

  giveOutputs(logins, location.directory);
  reportSignedIn(logins, location.file, inputs.logout, log);
}

main().catch(fail);
