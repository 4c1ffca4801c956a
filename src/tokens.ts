import { type Identity, checkAccount } from './credentials/identity';
import { type Authorization, authorize } from './ecr';
import { LoginError } from './errors';
import type { Network } from './network';
import { maskToken } from './outputs';
import type { PlannedLogin } from './plan';
import { privateHost } from './registry';
import { type RegistryLogin, inMinutes } from './registry-login';
import { type TokenRequest, tokenKey } from './token-request';

/** How tokens are dealt with. */
export interface TokenOptions {
  /** True while the endpoint of ECR for private registries is a host that is not AWS's. */
  readonly overridden: boolean;
  readonly maskPassword: boolean;
  /** The accounts that a credential may belong to; none: any. */
  readonly allowedAccountIds: readonly string[];
}

/**
 * Gets the tokens of all planned logins at the same time: one ECR call for each distinct request, each token
 * masked as it arrives, unless the user has forbidden that. Throws a LoginError where a token is not to be had.
 */
export async function getTokens(
  plan: readonly PlannedLogin[],
  identities: ReadonlyMap<string, Identity>,
  options: TokenOptions,
  network: Network,
): Promise<readonly RegistryLogin[]> {
  const tokens = new Map<string, Promise<Authorization>>();
  for (const { request } of plan) {
    const key = tokenKey(request);
    const identity = identities.get(request.credentialId);
    if (identity !== undefined && !tokens.has(key))
      tokens.set(key, getToken(request, identity, options, network));
  }
  const logins = plan.map(async (login) => {
    const authorization = await tokens.get(tokenKey(login.request));
    if (authorization === undefined)
      throw new Error(`No identity for credential ${login.request.credentialId}`);
    return withToken(login, authorization, options);
  });
  return oneForEachHost(await Promise.all(logins));
}

// A client keeps one login for a registry. Two names of one registry (its account id, and none) may meet here.
function oneForEachHost(logins: readonly RegistryLogin[]): readonly RegistryLogin[] {
  return logins.filter((login) => {
    const first = logins.find(({ host }) => host === login.host);
    if (first !== undefined && first.request.credentialId !== login.request.credentialId) {
      throw new LoginError(
        `The credentials ${first.request.credentialId} and ${login.request.credentialId} both sign in to ${login.host}, and a client keeps one login for a registry: take one away`,
      );
    }
    return first === login;
  });
}

async function getToken(
  request: TokenRequest,
  identity: Identity,
  { maskPassword, allowedAccountIds }: TokenOptions,
  network: Network,
): Promise<Authorization> {
  const authorization = await authorize(request, identity, network);
  if (maskPassword) maskToken(authorization);
  // The answer of ECR tells whose keys they are, but for ECR Public and under an overridden endpoint.
  const accountId = authorization.accountId ?? (await identity.credentials()).accountId;
  checkAccount(identity.id, accountId, allowedAccountIds);
  const account = authorization.accountId === undefined ? '' : ` for account ${authorization.accountId}`;
  network.log.info(
    `Credential ${identity.id}: ${request.flavour === 'public' ? 'ECR Public' : 'ECR'} in ${request.region} gave a token${account}, valid until ${inMinutes(authorization.expiresAt)}`,
  );
  return authorization;
}

function withToken(
  login: PlannedLogin,
  authorization: Authorization,
  { overridden }: TokenOptions,
): RegistryLogin {
  const { request } = login;
  const host =
    login.host ?? (overridden ? namedHost(request, authorization) : builtHost(request, authorization));
  return { host, accountId: login.accountId ?? authorization.accountId, request, authorization };
}

// Built, not taken from the answer: that names the IPv4 host, whatever the user pulls from, and a token is to
// go to no host that is not ECR's.
function builtHost(request: TokenRequest, { accountId }: Authorization): string {
  if (accountId === undefined) throw nameless(request);
  return privateHost(accountId, request.region, request).host;
}

// An endpoint that is not AWS's has its registries where it says.
function namedHost(request: TokenRequest, { proxyHost }: Authorization): string {
  if (proxyHost === undefined || proxyHost === '') throw nameless(request);
  return proxyHost;
}

function nameless(request: TokenRequest): LoginError {
  return new LoginError(
    `ECR in ${request.region} gave a token without saying for which account: name the registry in the input registry`,
  );
}
