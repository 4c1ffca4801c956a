import type { Found } from './credentials/find';
import { LoginError } from './errors';
import { partitionOf } from './partition';
import type { TokenRequest } from './token-request';

/**
 * Checks that the credentials for ECR Public are of partition aws, as far as is known: by the ARN of the role,
 * or by the region that the inputs or the environment give beside the keys. Throws a LoginError for another:
 * AWS would answer that it does not know the key, which helps nobody.
 */
export function checkPublic(
  requests: readonly TokenRequest[],
  found: ReadonlyMap<string, Found>,
  region: string | undefined,
): void {
  for (const { credentialId, flavour } of requests) {
    const entry = found.get(credentialId);
    if (flavour !== 'public' || entry === undefined) continue;
    const [what, partition] = whereabouts(entry, region);
    if (partition === 'aws') continue;
    throw new LoginError(
      `ECR Public is in partition aws alone, and credential ${credentialId} (${what}) is of ${partition}, whose principals cannot sign in to it: take one of partition aws for ecr-public`,
    );
  }
}

function whereabouts({ source, place }: Found, region: string | undefined): readonly [string, string] {
  if (source.kind === 'role') return [`role ${source.role.arn}`, source.role.partition];
  // A store and the profiles may hold credentials of anywhere, whatever the region is of the rest.
  const isBeside = place === 'the inputs' || source.kind === 'environment';
  return isBeside && region !== undefined ? [`region ${region}`, partitionOf(region)] : ['', 'aws'];
}
