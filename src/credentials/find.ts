import { LoginError } from '../errors';
import { isRegion } from '../reference';
import type { Source } from './source';

/** The identities that the user described. */
export interface GivenCredentials {
  /** `credential-store`; undefined where there is none. */
  readonly store: ReadonlyMap<string, Source> | undefined;
  /** The one identity of the inputs `aws-access-key-id`, `role-to-assume` and the like. */
  readonly direct: Source | undefined;
}

/** A credential id, and what it stands for. */
export interface Found {
  readonly id: string;
  readonly source: Source;
  readonly place: 'credential-store' | 'the inputs' | 'the machine';
}

/**
 * Finds what each credential id stands for, and each id that a role is assumed with: the store; the inputs,
 * beside a store for `default` alone; a profile of that name, but for `default`; the SDK's default chain, for
 * `default` alone. Throws a LoginError for an id that is found nowhere, for two ids that would both be the
 * identity of the inputs, and for a chain of roles that comes back to its beginning.
 */
export async function findCredentials(
  ids: readonly string[],
  given: GivenCredentials,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for (const id of ids) await follow(id, [], found, given);
  const direct = [...found.values()].filter(({ place }) => place === 'the inputs');
  if (direct.length > 1) {
    throw new LoginError(
      `The credential ids ${direct.map(({ id }) => id).join(' and ')} would both be the one identity that the inputs give: write one id, or describe each in credential-store`,
    );
  }
  return found;
}

async function follow(
  id: string,
  path: readonly string[],
  found: Map<string, Found>,
  given: GivenCredentials,
): Promise<void> {
  if (path.includes(id)) {
    const loop = [...path.slice(path.indexOf(id)), id].join(' → ');
    throw new LoginError(
      `The roles in credential-store are assumed in a loop, ${loop}: one of them needs keys or another source`,
    );
  }
  const entry = found.get(id) ?? (await findOne(id, path.at(-1), given));
  found.set(id, entry);
  const { source } = entry;
  if (source.kind !== 'role' || source.by.kind !== 'credential') return;
  await follow(source.by.id, [...path, id], found, given);
  checkDuration(id, source.role.durationSeconds, found.get(source.by.id)?.source);
}

async function findOne(id: string, user: string | undefined, given: GivenCredentials): Promise<Found> {
  const { store, direct } = given;
  const stored = store?.get(id);
  if (stored !== undefined) return { id, source: stored, place: 'credential-store' };
  if (direct !== undefined && (store === undefined || id === 'default'))
    return { id, source: direct, place: 'the inputs' };
  // A [default] profile that holds a region alone must not come before the environment's keys.
  if (id === 'default') return { id, source: { kind: 'environment' }, place: 'the machine' };
  const { profileNames } = await import('./profiles');
  const profiles = await profileNames();
  if (profiles.includes(id)) return { id, source: { kind: 'profile', profile: id }, place: 'the machine' };
  throw nowhere(id, user, profiles, given);
}

function nowhere(
  id: string,
  user: string | undefined,
  profiles: readonly string[],
  { store, direct }: GivenCredentials,
): LoginError {
  const asked = user === undefined ? '' : `, which the role of "${user}" has as its source`;
  const known = [
    ...(store === undefined ? [] : [`${list([...store.keys()])} in credential-store`]),
    `${list(profiles)} among the AWS profiles`,
    direct === undefined
      ? "default, the name of the environment's own credentials"
      : 'default, which beside a store is the identity that the inputs give',
  ];
  const region = isRegion(id) ? ` (${id} is a region: the form is ecr:${id}:ID)` : '';
  const remedy =
    store === undefined
      ? 'give aws-access-key-id and aws-secret-access-key or role-to-assume'
      : 'is it misspelt?';
  return new LoginError(
    `No credential is named "${id}"${asked}${region}: known are ${known.join('; ')}; ${remedy}`,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

// STS API reference, AssumeRole: with the keys of a role, a session lasts an hour at most.
function checkDuration(id: string, seconds: number | undefined, by: Source | undefined): void {
  if (seconds === undefined || seconds <= 3_600 || by?.kind !== 'role') return;
  throw new LoginError(
    `role-duration-seconds of credential ${id} is ${seconds}, and a role that is assumed with the keys of another role lasts an hour at most: write 3600 or less`,
  );
}
