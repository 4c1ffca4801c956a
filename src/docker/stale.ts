import { parseEcrHost } from '../registry';

/** Which old logins go before the new ones come. */
export type CleanMode = 'none' | 'stale' | 'ecr' | 'all';

/** A login that is there: the key that it stands under, and its entry as JSON text. */
export interface OldLogin {
  readonly key: string;
  readonly entry: string;
}

/** A login that is to go, and why. */
export interface Removal {
  readonly key: string;
  readonly reason: string;
}

/**
 * The old logins that a mode takes away. Stale is one for ECR whose token has expired, and one under another
 * spelling of a host that is being signed in to, which docker would find once that host's own has gone.
 */
export function findRemovals(
  mode: CleanMode,
  logins: readonly OldLogin[],
  hosts: readonly string[],
  now: Date,
): readonly Removal[] {
  return logins.flatMap(({ key, entry }) => {
    const reason = reasonToRemove(mode, key, entry, hosts, now);
    return reason === undefined ? [] : [{ key, reason }];
  });
}

function reasonToRemove(
  mode: CleanMode,
  key: string,
  entry: string,
  hosts: readonly string[],
  now: Date,
): string | undefined {
  if (mode === 'none') return undefined;
  if (mode === 'all') return 'all logins were to go';
  const host = hostOf(key);
  const isEcr = parseEcrHost(host) !== undefined;
  if (mode === 'ecr' && isEcr) return 'all logins for ECR were to go';
  const expiry = isEcr ? expiryOf(entry) : undefined;
  if (expiry !== undefined && expiry < now) return `its token expired at ${expiry.toISOString()}`;
  return hosts.includes(host) && !hosts.includes(key) ? `it is another spelling of ${host}` : undefined;
}

/** The host that docker takes a key for (docker/cli, credentials/file_store.go, ConvertToHostname). */
export function hostOf(key: string): string {
  return key.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '');
}

/**
 * When the token in an entry ends. The password of an ECR login is base64 of JSON with an `expiration` in
 * seconds; AWS does not document that, so one that cannot be read is not called expired.
 */
function expiryOf(entry: string): Date | undefined {
  try {
    const { auth } = JSON.parse(entry) as { auth?: unknown };
    if (typeof auth !== 'string') return undefined;
    const login = Buffer.from(auth, 'base64').toString('utf8');
    const password = Buffer.from(login.slice(login.indexOf(':') + 1), 'base64').toString('utf8');
    const { expiration } = JSON.parse(password) as { expiration?: unknown };
    return typeof expiration === 'number' ? new Date(expiration * 1_000) : undefined;
  } catch {
    return undefined;
  }
}
