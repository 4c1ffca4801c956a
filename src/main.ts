import { homedir } from 'node:os';
import { findCredentials } from './credentials/find';
import { prepareIdentities } from './credentials/identity';
import { locateConfig, readConfig } from './docker/config';
import { dockerLogin } from './docker/login';
import { addEntries } from './docker/merge';
import { findEndpointOverride } from './ecr';
import { readInputs } from './inputs';
import { earliestExpiry, giveOutputs } from './outputs';
import { planLogins } from './plan';
import { findDefaultRegion } from './region';
import { reportSignedIn, reportStart } from './report';
import { fail, hideFromChildren, log } from './runner';
import { leaveState, newState } from './state';
import { configEntry, getTokens } from './tokens';

async function main(): Promise<void> {
  // What is wanted, and whether it can be: what fails here does so before any request.
  const inputs = await readInputs(process.env);
  hideFromChildren(process.env);
  const location = locateConfig(process.env, homedir());
  const config = readConfig(location);
  const override = await findEndpointOverride();
  const overridden = override !== undefined;
  const found = await findCredentials(
    inputs.references.map(({ reference }) => reference.id),
    inputs,
  );
  const plan = planLogins(inputs.references, inputs.registries, {
    defaultRegion: await findDefaultRegion(inputs.region, found, log),
    fips: process.env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    dualStack: process.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    overridden,
  });
  await reportStart(override, location.file, log);
  const { allowedAccountIds, maskPassword } = inputs;
  const requests = plan.map(({ request }) => request);
  const identities = prepareIdentities(requests, found, allowedAccountIds, log);

  // The post step is to know what to undo before there is anything.
  const state = newState(location.directory, inputs.logout, process.env);
  leaveState(state);

  const tokenOptions = { overridden, maskPassword, allowedAccountIds };
  const logins = await getTokens(plan, identities, tokenOptions, log);
  await Promise.all(
    logins.map((login) => dockerLogin(login, config.document, location.directory, state.workDirectory, log)),
  );
  await addEntries(location, state, logins.map(configEntry), earliestExpiry(logins).getTime(), log);

  giveOutputs(logins, location.directory);
  reportSignedIn(logins, location.file, inputs.logout, log);
}

main().catch(fail);
