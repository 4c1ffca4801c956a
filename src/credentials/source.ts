import { LoginError } from '../errors';
import { isCredentialId } from '../reference';
import { type StaticKeys, checkSecret, isKeyField, readKeys } from './keys';
import { type Role, readRole } from './role';

/** What a credential can be described with, in `credential-store` and, as far as they fit, in the inputs. */
export const FIELDS = [
  'access-key-id',
  'secret-access-key',
  'session-token',
  'profile',
  'role-to-assume',
  'role-session-name',
  'role-external-id',
  'role-duration-seconds',
  'audience',
  'inline-session-policy',
  'managed-session-policies',
  'web-identity-token',
  'web-identity-token-file',
  'source',
] as const;
export type Field = (typeof FIELDS)[number];

/** The fields that somebody gave. */
export type Fields = ReadonlyMap<Field, string>;

/** How messages call a field: by its input, or by its place in the store. */
export type Naming = (field: Field) => string;

/** Where the runner gives out OIDC tokens, and what it asks to see for one. */
export interface OidcOffer {
  readonly url: string;
  readonly requestToken: string;
}

/** A token of an identity provider, or where to get one. */
export type WebIdentity =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'oidc'; readonly offer: OidcOffer };

interface KeysSource {
  readonly kind: 'keys';
  readonly keys: StaticKeys;
}

/** The SDK's default chain: environment, profile, web identity file, ECS, EKS Pod Identity, IMDS. */
interface EnvironmentSource {
  readonly kind: 'environment';
}

/** A role, and what it is assumed with; `credential` is another credential id. */
export interface RoleSource {
  readonly kind: 'role';
  readonly role: Role;
  readonly by:
    WebIdentity | KeysSource | EnvironmentSource | { readonly kind: 'credential'; readonly id: string };
}

/** Where the keys of a credential come from. */
export type Source =
  KeysSource | EnvironmentSource | RoleSource | { readonly kind: 'profile'; readonly profile: string };

/** The source that some fields describe. Throws a LoginError, which holds no value, for what cannot be meant. */
export function readSource(fields: Fields, naming: Naming, offer: OidcOffer | undefined): Source {
  for (const [field, value] of fields) checkFilled(naming(field), value);
  const keys = readKeys(fields, naming);
  const profile = fields.get('profile')?.trim();
  if (profile !== undefined) {
    checkAlone('profile', fields, naming);
    return { kind: 'profile', profile };
  }
  if (fields.has('role-to-assume')) {
    const role = readRole(fields, naming);
    const by = readMeans(fields, naming, keys, offer);
    checkExternalId(role, by, naming);
    return { kind: 'role', role, by };
  }
  const stray = [...fields.keys()].find((field) => !isKeyField(field));
  if (stray !== undefined)
    throw new LoginError(`${naming(stray)} is for a role: give ${naming('role-to-assume')} too`);
  if (keys === undefined)
    throw new LoginError(
      `${naming('access-key-id')} is missing, and so are profile and role-to-assume: a credential is one of these`,
    );
  return { kind: 'keys', keys };
}

/** Throws a LoginError for a value that is empty, as an unset secret is: it must not mean "not given". */
export function checkFilled(name: string, value: string): void {
  if (value.trim() !== '') return;
  throw new LoginError(
    `${name} is empty: the secret is not set, or this run may not read it (a pull request from a fork, or one by Dependabot, gets no secrets of the repository); leave it out if it is not meant`,
  );
}

function checkAlone(field: Field, fields: Fields, naming: Naming): void {
  const other = [...fields.keys()].find((name) => name !== field);
  if (other === undefined) return;
  throw new LoginError(
    `${naming(field)} stands for a whole credential: take ${other} away, or name the profile as source`,
  );
}

// The order is a promise: what is written down comes before what the runner happens to offer.
function readMeans(
  fields: Fields,
  naming: Naming,
  keys: StaticKeys | undefined,
  offer: OidcOffer | undefined,
): RoleSource['by'] {
  const token = fields.get('web-identity-token');
  const path = fields.get('web-identity-token-file')?.trim();
  const id = fields.get('source')?.trim();
  checkSecret(naming('web-identity-token'), token);
  if (id !== undefined && !isCredentialId(id))
    throw new LoginError(`${naming('source')} is not the id of another credential`);
  if (token !== undefined) return { kind: 'token', token };
  if (path !== undefined) return { kind: 'token-file', path };
  if (id !== undefined) return { kind: 'credential', id };
  if (keys !== undefined) return { kind: 'keys', keys };
  return offer === undefined ? { kind: 'environment' } : { kind: 'oidc', offer };
}

// AssumeRoleWithWebIdentity has no such field (STS API reference); to drop it would be to drop a condition.
function checkExternalId({ externalId }: Role, by: RoleSource['by'], naming: Naming): void {
  if (externalId === undefined || !isWebIdentity(by)) return;
  throw new LoginError(
    `${naming('role-external-id')} cannot be used with ${by.kind === 'oidc' ? 'OIDC' : 'a web identity token'}, for which STS has no external id: take it away, or give keys or a source to assume the role with`,
  );
}

/** Whether a role is assumed with a token of an identity provider, and so by an unsigned request. */
export function isWebIdentity(by: RoleSource['by']): by is WebIdentity {
  return by.kind === 'token' || by.kind === 'token-file' || by.kind === 'oidc';
}
