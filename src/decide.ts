import { findCredentials } from './credentials/find';
import { type Identity, prepareIdentities } from './credentials/identity';
import { findEndpointOverride } from './ecr';
import type { Inputs } from './inputs';
import type { Network } from './network';
import { type PlannedLogin, planLogins } from './plan';
import { findDefaultRegion } from './region';
import { reportStart } from './report';

/** What is going to be done. */
export interface Decision {
  readonly plan: readonly PlannedLogin[];
  readonly identities: ReadonlyMap<string, Identity>;
  /** True while the ECR endpoint is a host that is not AWS's. */
  readonly overridden: boolean;
}

/**
 * Decides which tokens to get, with whose credentials, for which registries; nothing is asked for yet. Throws
 * a LoginError where the inputs do not go together.
 */
export async function decide(inputs: Inputs, configFile: string, network: Network): Promise<Decision> {
  const { log } = network;
  const override = await findEndpointOverride();
  const overridden = override !== undefined;
  const ids = inputs.references.map(({ reference }) => reference.id);
  const found = await findCredentials(ids, inputs);
  const plan = planLogins(inputs.references, inputs.registries, {
    defaultRegion: await findDefaultRegion(inputs.region, found, log),
    fips: process.env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    dualStack: process.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    overridden,
  });
  await reportStart(override, configFile, log);
  const requests = plan.map(({ request }) => request);
  const identities = prepareIdentities(requests, found, inputs.allowedAccountIds, network);
  return { plan, identities, overridden };
}
