import { homedir } from 'node:os';
import { findIdentities } from './credentials/identity';
import { locateConfig, readConfig } from './docker/config';
import { dockerLogin } from './docker/login';
import { addLogins } from './docker/merge';
import { findEndpointOverride } from './ecr';
import { readInputs } from './inputs';
import { earliestExpiry, giveOutputs } from './outputs';
import { planLogins } from './plan';
import { findDefaultRegion } from './region';
import { reportSignedIn, reportStart } from './report';
import { fail, log } from './runner';
import { leaveState, newState } from './state';
import { getTokens, toConfigLogin } from './tokens';

async function main(): Promise<void> {
  // What is wanted, and whether it can be: what fails here does so before any request.
  const inputs = readInputs(process.env);
  const location = locateConfig(process.env, homedir());
  const config = readConfig(location);
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
  await reportStart(override, location.file, log);

  // The post step is to know what to undo before there is anything.
  const state = newState(location.directory, inputs.logout, process.env);
  leaveState(state);

  const logins = await getTokens(plan, identities, { overridden, maskPassword: inputs.maskPassword }, log);
  await Promise.all(
    logins.map((login) => dockerLogin(login, config.document, location.directory, state.workDirectory, log)),
  );
  await addLogins(location, state, logins.map(toConfigLogin), earliestExpiry(logins).getTime(), log);

  giveOutputs(logins, location.directory);
  reportSignedIn(logins, location.file, inputs.logout, log);
}

main().catch(fail);
