import { LoginError } from '../errors';
import type { Network } from '../network';
import { partitionOf } from '../partition';
import type { TokenRequest } from '../token-request';
import type { Found } from './find';
import type { Credentials } from './keys';
import type { RoleSource, Source } from './source';

/** An AWS identity that a credential id stands for. */
export interface Identity {
  readonly id: string;
  /** Where it comes from, in words for the log; never a value that is secret. */
  readonly origin: string;
  /** The account that it belongs to, where that is known before anything is asked: that of a role. */
  readonly accountId: string | undefined;
  /** Its keys, got when first asked for. Rejects with a LoginError where they are not to be had. */
  readonly credentials: () => Promise<Credentials>;
}

type FoundById = ReadonlyMap<string, Found>;

/**
 * The identities behind some token requests, each told in the log; nothing is asked of AWS yet. Throws a
 * LoginError for a role of another partition than its requests, and for one of an account that is not allowed.
 */
export function prepareIdentities(
  requests: readonly TokenRequest[],
  found: FoundById,
  allowedAccountIds: readonly string[],
  network: Network,
): ReadonlyMap<string, Identity> {
  for (const { credentialId, region } of requests)
    for (const { id, source } of chainOf(credentialId, found)) checkPartition(id, source, region);
  const firstRegions = new Map<string, string>();
  for (const { credentialId, region } of requests)
    if (!firstRegions.has(credentialId)) firstRegions.set(credentialId, region);
  const credentialsOf = resolver(firstRegions, found, network);
  const identities = [...firstRegions].flatMap(([id, region]) => {
    const entry = found.get(id);
    if (entry === undefined) return [];
    const accountId = entry.source.kind === 'role' ? entry.source.role.accountId : undefined;
    if (accountId !== undefined) checkAccount(id, accountId, allowedAccountIds);
    const credentials = (): Promise<Credentials> => credentialsOf(id, region, true);
    return [{ id, origin: origin(entry, found), accountId, credentials }];
  });
  for (const identity of identities) network.log.info(`Credential ${identity.id}: ${identity.origin}`);
  return new Map(identities.map((identity) => [identity.id, identity]));
}

/** Checks the account of a credential. Throws a LoginError if it is not among those allowed, or not known. */
export function checkAccount(
  id: string,
  accountId: string | undefined,
  allowedAccountIds: readonly string[],
): void {
  if (allowedAccountIds.length === 0 || (accountId !== undefined && allowedAccountIds.includes(accountId)))
    return;
  const whose = accountId === undefined ? 'of an account that AWS did not tell' : `of account ${accountId}`;
  throw new LoginError(
    `Credential ${id} is ${whose}, and allowed-account-ids has ${allowedAccountIds.join(', ')} alone: is it the credential that you mean?`,
  );
}

function chainOf(id: string, found: FoundById): readonly Found[] {
  const entry = found.get(id);
  if (entry === undefined) return [];
  const { source } = entry;
  const more = source.kind === 'role' && source.by.kind === 'credential' ? chainOf(source.by.id, found) : [];
  return [entry, ...more];
}

function checkPartition(id: string, source: Source, region: string): void {
  if (source.kind !== 'role' || source.role.partition === partitionOf(region)) return;
  const { arn, partition } = source.role;
  throw new LoginError(
    `The role ${arn} of credential ${id} is in partition ${partition}, and ${region} in partition ${partitionOf(region)}: no role works across partitions, so use one of that region's`,
  );
}

function origin({ source, place }: Found, found: FoundById): string {
  const from = place === 'the machine' ? '' : `, from ${place}`;
  return `${describe(source, found)}${from}`;
}

function describe(source: Source, found: FoundById): string {
  switch (source.kind) {
    case 'keys':
      return `access key ${source.keys.accessKeyId}`;
    case 'profile':
      return `AWS profile ${source.profile}`;
    case 'environment':
      return "the machine's own credentials";
    case 'role':
      return `role ${source.role.arn} by ${describeMeans(source.by, found)}`;
  }
}

function describeMeans(by: RoleSource['by'], found: FoundById): string {
  switch (by.kind) {
    case 'token':
      return 'its web identity token';
    case 'token-file':
      return `the web identity token in ${by.path}`;
    case 'oidc':
      return 'OIDC';
    case 'credential': {
      const entry = found.get(by.id);
      return `credential ${by.id}${entry === undefined ? '' : ` (${describe(entry.source, found)})`}`;
    }
    case 'keys':
    case 'environment':
      return describe(by, found);
  }
}

type CredentialsOf = (id: string, region: string, isLast: boolean) => Promise<Credentials>;

/** Gets the keys of an id, once for each, at the STS of the first region that they are used in. */
function resolver(
  firstRegions: ReadonlyMap<string, string>,
  found: FoundById,
  network: Network,
): CredentialsOf {
  const resolved = new Map<string, Promise<Credentials>>();
  // A session policy is for the last link of a chain: on an earlier one it would take sts:AssumeRole away.
  const credentialsOf: CredentialsOf = (id, region, isLast) => {
    const source = found.get(id)?.source;
    if (source === undefined) throw new Error(`Nothing was found for credential ${id}`);
    const key = isLast || !hasPolicies(source) ? id : `${id} without policies`;
    const known = resolved.get(key) ?? resolve(id, source, firstRegions.get(id) ?? region, isLast);
    resolved.set(key, known);
    return known;
  };
  const resolve = async (
    id: string,
    source: Source,
    region: string,
    isLast: boolean,
  ): Promise<Credentials> => {
    if (source.kind === 'keys') return source.keys;
    // Loaded for those who need it: a job with static keys starts without it.
    const { resolveSource } = await import('./resolve');
    return resolveSource(source, {
      ...network,
      id,
      region,
      isLast,
      credentialsOf: (other) => credentialsOf(other, region, false),
    });
  };
  return credentialsOf;
}

function hasPolicies(source: Source): boolean {
  return source.kind === 'role' && (source.role.policy !== undefined || source.role.policyArns.length > 0);
}
