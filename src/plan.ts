import { LoginError } from './errors';
import type { Reference, ReferenceLine } from './reference';
import {
  type EcrHost,
  type Registry,
  parseRegistry,
  privateHost,
  publicEcrHost,
  suggestHost,
} from './registry';
import { type PlanOptions, type TokenRequest, ownRequest, requestFor, tokenKey } from './token-request';

/** One registry to sign in to. */
export interface PlannedLogin {
  readonly request: TokenRequest;
  /** The host as the user pulls from it; undefined for the account's own, known once ECR has answered. */
  readonly host: string | undefined;
  /** The account that the registry belongs to, where its name tells. */
  readonly accountId: string | undefined;
}

/**
 * Puts references and registries together, in the user's order: the registries tied to each reference, then
 * those of `registry`, then the own registry of each reference that got none. Throws a LoginError for a
 * registry that no reference, or more than one, could sign in to, and for one that is no ECR host.
 */
export function planLogins(
  lines: readonly ReferenceLine[],
  registries: readonly Registry[],
  options: PlanOptions,
): readonly PlannedLogin[] {
  const references = lines.map((line) => line.reference);
  const tied = lines.flatMap(({ reference, registries: own }) =>
    own.map((text) => assign(parseRegistry(text, options.notice), reference, options)),
  );
  const shared = registries.flatMap((registry) =>
    claimants(registry, references, options).map((reference) => assign(registry, reference, options)),
  );
  const claimed = [...tied, ...shared];
  const alone = references.filter((reference) => !claimed.some((entry) => entry.reference === reference));
  const logins = [
    ...claimed.map((entry) => entry.login),
    ...alone.map((entry) => ownRegistry(entry, options)),
  ];
  return logins.filter((login, index) => logins.findIndex((other) => sameLogin(login, other)) === index);
}

function sameLogin(one: PlannedLogin, other: PlannedLogin): boolean {
  return one.host === other.host && tokenKey(one.request) === tokenKey(other.request);
}

interface Assignment {
  readonly reference: Reference;
  readonly login: PlannedLogin;
}

function assign(registry: Registry, reference: Reference, options: PlanOptions): Assignment {
  if (registry.kind === 'other') return { reference, login: elsewhere(registry.host, reference, options) };
  const host = registry.kind === 'ecr' ? registry : accountHost(registry.accountId, reference, options);
  return {
    reference,
    login: { request: requestFor(host, reference, options), host: host.host, accountId: host.accountId },
  };
}

function accountHost(accountId: string, reference: Reference, options: PlanOptions): EcrHost {
  if (reference.flavour === 'public') {
    throw new LoginError(
      `The registry "${accountId}" is an account id, and ${reference.text} signs in to ECR Public, which has one registry for all: take the account id away`,
    );
  }
  return privateHost(accountId, reference.region ?? options.defaultRegion(reference.id), options);
}

function ownRegistry(reference: Reference, options: PlanOptions): PlannedLogin {
  const host = reference.flavour === 'public' ? publicEcrHost().host : undefined;
  return { request: ownRequest(reference, options), host, accountId: undefined };
}

function elsewhere(host: string, reference: Reference, options: PlanOptions): PlannedLogin {
  if (!options.overridden[reference.flavour]) throw notEcr(host);
  return { request: ownRequest(reference, options), host, accountId: undefined };
}

function notEcr(host: string): LoginError {
  const meant = suggestHost(host);
  const remedy =
    meant === undefined
      ? 'write ACCOUNT.dkr.ecr.REGION.amazonaws.com, public.ecr.aws or a 12-digit account id'
      : `did you mean ${meant}?`;
  return new LoginError(
    `The registry "${host}" is no ECR host, and an ECR token goes to no other: ${remedy}`,
  );
}

/** The references that sign in to a registry of the `registry` input: one, or for an account id all private ones. */
function claimants(
  registry: Registry,
  references: readonly Reference[],
  options: PlanOptions,
): readonly Reference[] {
  if (registry.kind === 'account') {
    const ofPrivate = references.filter(({ flavour }) => flavour === 'private');
    return ofPrivate.length > 0 ? ofPrivate : references.slice(0, 1);
  }
  const { overridden } = options;
  const free = references.filter(({ flavour }) => overridden[flavour]);
  if (registry.kind === 'other' && free.length === 0) throw notEcr(registry.host);
  if (references.length === 1) return references;
  return [theOnly(registry, registry.kind === 'ecr' ? candidates(registry, references) : free)];
}

function candidates(registry: EcrHost, references: readonly Reference[]): readonly Reference[] {
  const exact = references.filter(
    ({ flavour, region }) => flavour === registry.flavour && region === registry.region,
  );
  const open = references.filter(({ flavour, region }) => flavour === 'private' && region === undefined);
  return exact.length > 0 ? exact : open;
}

function theOnly(
  registry: Exclude<Registry, { kind: 'account' }>,
  candidateList: readonly Reference[],
): Reference {
  const [first, ...more] = candidateList;
  if (first !== undefined && more.length === 0) return first;
  if (first === undefined) {
    const region = registry.kind === 'ecr' ? registry.region : undefined;
    const form = region === undefined ? 'ecr-public:ID' : `ecr:${region}:ID`;
    throw new LoginError(
      `The registry ${registry.host} fits no reference: add the line ${form} to credential`,
    );
  }
  const names = candidateList.map(({ text }) => text).join(' and ');
  throw new LoginError(
    `The registry ${registry.host} could be signed in to with ${names}: tie it to one, with the line "${first.text} ${registry.host}" in credential`,
  );
}
