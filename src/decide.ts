import { existsSync } from 'node:fs';
import { externalDataInterceptor, getHomeDir } from '@smithy/core/config';
import { awsFile } from './aws-files';
import { findCredentials } from './credentials/find';
import { type Identity, prepareIdentities } from './credentials/identity';
import { findEndpointOverride } from './ecr';
import { checkPublic } from './public';
import type { Inputs } from './inputs';
import type { Network } from './network';
import { type PlannedLogin, planLogins } from './plan';
import { findDefaultRegion } from './region';
import { privateHost } from './registry';
import { reportOverride, reportSurroundings } from './report';
import type { Flavour } from './token-request';

/** What is going to be done. */
export interface Decision {
  readonly plan: readonly PlannedLogin[];
  readonly identities: ReadonlyMap<string, Identity>;
  /** True while the endpoint of ECR for private registries is a host that is not AWS's. */
  readonly overridden: boolean;
  /** The registries to sign in to, as far as they are known before AWS has answered. */
  readonly knownHosts: readonly string[];
}

/**
 * Decides which tokens to get, with whose credentials, for which registries; nothing is asked for yet. Throws
 * a LoginError where the inputs do not go together.
 */
export async function decide(inputs: Inputs, configFile: string, network: Network): Promise<Decision> {
  const { log } = network;
  noteAbsentFiles(process.env);
  const [override, publicOverride] = await Promise.all([
    findEndpointOverride('ECR'),
    findEndpointOverride('ECR PUBLIC'),
  ]);
  const overridden = override !== undefined;
  const ids = inputs.references.map(({ reference }) => reference.id);
  const found = await findCredentials(ids, inputs);
  const plan = planLogins(inputs.references, inputs.registries, {
    defaultRegion: await findDefaultRegion(inputs.region, found, log),
    notice: log.notice,
    fips: process.env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    dualStack: process.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    overridden: { private: overridden, public: publicOverride !== undefined },
  });
  await reportSurroundings(configFile, log);
  const requests = plan.map(({ request }) => request);
  const has = (flavour: Flavour): boolean => requests.some((request) => request.flavour === flavour);
  if (has('private')) reportOverride('ECR', override, log);
  if (has('public')) {
    reportOverride('ECR Public', publicOverride, log);
    checkPublic(requests, found, inputs.region);
  }
  const identities = prepareIdentities(requests, found, inputs.allowedAccountIds, network);
  return { plan, identities, overridden, knownHosts: findKnownHosts(plan, identities, overridden) };
}

// The SDK would look for them itself in threads that Node starts for it, which takes 2 ms, and most runners have
// none of these files.
function noteAbsentFiles(env: NodeJS.ProcessEnv): void {
  for (const name of ['config', 'credentials'] as const) {
    const file = awsFile(name, env, getHomeDir());
    if (!existsSync(file)) externalDataInterceptor.interceptFile(file, '');
  }
}

// A role's own registry is that of the account that its ARN names.
function findKnownHosts(
  plan: readonly PlannedLogin[],
  identities: ReadonlyMap<string, Identity>,
  overridden: boolean,
): readonly string[] {
  return plan.flatMap(({ host, request }) => {
    if (host !== undefined) return host;
    const accountId = identities.get(request.credentialId)?.accountId;
    if (accountId === undefined || overridden) return [];
    return privateHost(accountId, request.region, request).host;
  });
}
