import { LoginError } from './errors';
import type { Reference } from './reference';
import type { EcrHost } from './registry';

/** ECR's two services: private registries, and the public one. */
export type Flavour = 'private' | 'public';

/** What tells one authorization token from another: one ECR call is made for each. */
export interface TokenRequest {
  readonly credentialId: string;
  readonly flavour: Flavour;
  readonly region: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** What a request depends on beside the references and the registries. */
export interface PlanOptions {
  /** The region of a reference that has none: `aws-region`, the environment's, the profile's or us-east-1. */
  readonly defaultRegion: (credentialId: string) => string;
  readonly fips: boolean;
  readonly dualStack: boolean;
  /** Tells the user of a registry that was not written as it should be. */
  readonly notice?: (line: string) => void;
  /** True while the endpoint of that service is a host that is not AWS's: then its registries may be anywhere. */
  readonly overridden: Readonly<Record<Flavour, boolean>>;
}

/** The key of a token: equal for two requests that one ECR call serves. */
export function tokenKey(request: TokenRequest): string {
  return JSON.stringify(request);
}

/**
 * The token request that signs a reference in to a host. Throws a LoginError where the two do not go together.
 */
export function requestFor(host: EcrHost, reference: Reference, options: PlanOptions): TokenRequest {
  const credentialId = reference.id;
  if (host.flavour === 'public') {
    if (reference.flavour === 'private' && reference.region !== undefined) {
      throw new LoginError(
        `The registry ${host.host} is ECR Public, and ${reference.text} is for private registries: write ecr-public:${reference.id}`,
      );
    }
    return publicRequest(credentialId, options);
  }
  if (reference.flavour === 'public') {
    throw new LoginError(
      `The registry ${host.host} is a private one, and ${reference.text} is for ECR Public: write ecr:${host.region ?? 'REGION'}:${reference.id}`,
    );
  }
  const region = host.region ?? options.defaultRegion(reference.id);
  if (reference.region !== undefined && reference.region !== region) {
    throw new LoginError(
      `The registry ${host.host} lies in ${region}, and ${reference.text} is for ${reference.region}: write ecr:${region}:${reference.id}`,
    );
  }
  return {
    credentialId,
    flavour: 'private',
    region,
    ...apiFlags(
      { fips: host.fips || options.fips, dualStack: host.dualStack || options.dualStack },
      options.overridden.private,
    ),
  };
}

// Its API answers in us-east-1 alone ("GetAuthorizationToken command is only supported in us-east-1").
function publicRequest(credentialId: string, options: PlanOptions): TokenRequest {
  return {
    credentialId,
    flavour: 'public',
    region: 'us-east-1',
    ...apiFlags({ fips: false, dualStack: options.dualStack }, options.overridden.public),
  };
}

// The SDK refuses both flags together with a custom endpoint.
function apiFlags(
  flags: { readonly fips: boolean; readonly dualStack: boolean },
  overridden: boolean,
): { readonly fips: boolean; readonly dualStack: boolean } {
  return { fips: flags.fips && !overridden, dualStack: flags.dualStack && !overridden };
}

/** The token request of a reference by itself: for the own registry of its account, or for ECR Public. */
export function ownRequest(reference: Reference, options: PlanOptions): TokenRequest {
  if (reference.flavour === 'public') return publicRequest(reference.id, options);
  const region = reference.region ?? options.defaultRegion(reference.id);
  return {
    credentialId: reference.id,
    flavour: 'private',
    region,
    ...apiFlags(options, options.overridden.private),
  };
}
