import { LoginError } from '../errors';
import { mask } from '../runner';
import type { Field, Fields, Naming } from './source';

/** AWS keys, as somebody gave them. */
export interface StaticKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** AWS keys to sign with, and their account where it is known without asking. */
export interface Credentials extends StaticKeys {
  readonly accountId?: string;
}

const KEY_FIELDS = ['access-key-id', 'secret-access-key', 'session-token'] as const;

/** Whether a field is one of those that make up static keys. */
export function isKeyField(field: Field): boolean {
  return KEY_FIELDS.some((name) => name === field);
}

/** Masks the secrets among some fields, with the white space at their edges and without. */
export function maskSecrets(fields: Fields): void {
  for (const field of ['secret-access-key', 'session-token', 'web-identity-token'] as const)
    maskWithoutEdges(fields.get(field) ?? '');
}

function maskWithoutEdges(secret: string): void {
  mask(secret);
  if (secret.trim() !== secret) mask(secret.trim());
}

/** Masks the secrets of keys that came from elsewhere than the user. */
export function maskKeys<Keys extends StaticKeys>(keys: Keys): Keys {
  mask(keys.secretAccessKey);
  mask(keys.sessionToken ?? '');
  return keys;
}

/** The static keys among some fields, if there are any. Throws a LoginError for what cannot be a pair of keys. */
export function readKeys(fields: Fields, naming: Naming): StaticKeys | undefined {
  const accessKeyId = fields.get('access-key-id');
  const secretAccessKey = fields.get('secret-access-key');
  const sessionToken = fields.get('session-token');
  checkSwapped(accessKeyId, secretAccessKey, naming);
  for (const field of KEY_FIELDS) checkSecret(naming(field), fields.get(field));
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
      return undefined;
    const missing = accessKeyId === undefined ? 'access-key-id' : 'secret-access-key';
    throw new LoginError(`${naming(missing)} is missing: a key id and its secret key go together`);
  }
  if (sessionToken !== undefined) return { accessKeyId, secretAccessKey, sessionToken };
  if (accessKeyId.startsWith('ASIA')) {
    throw new LoginError(
      `The key ${accessKeyId} is a temporary one (ASIA…), which works with its session token alone: give ${naming('session-token')} too`,
    );
  }
  return { accessKeyId, secretAccessKey };
}

/** Checks one secret by itself. Throws a LoginError for white space in it. */
export function checkSecret(name: string, value: string | undefined): void {
  if (value === undefined || !/\s/.test(value)) return;
  const where = value.trim() === value ? 'inside it' : 'at its beginning or its end';
  throw new LoginError(
    `${name} has white space ${where}: store the secret again, without spaces and line breaks`,
  );
}

const ACCESS_KEY_ID = /^\s*A[KS]IA[A-Z0-9]{12,}\s*$/;
// AWS makes secret keys of 40 characters; a key id has about 20.
const SECRET_KEY = /^\s*[A-Za-z0-9/+]{40}\s*$/;

// The secret would show in the log, where the key id belongs.
function checkSwapped(id: string | undefined, secret: string | undefined, naming: Naming): void {
  if (id === undefined || ACCESS_KEY_ID.test(id)) return;
  const swapped = secret !== undefined && ACCESS_KEY_ID.test(secret);
  if (!swapped && !SECRET_KEY.test(id)) return;
  maskWithoutEdges(id);
  const [idName, secretName] = [naming('access-key-id'), naming('secret-access-key')];
  if (!swapped) throw new LoginError(`${idName} holds a secret key: a key id looks like AKIA…`);
  throw new LoginError(`${idName} holds the secret key and ${secretName} the key id: swap the two`);
}
