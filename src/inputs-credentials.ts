import type { GivenCredentials } from './credentials/find';
import { maskSecrets } from './credentials/keys';
import { type Field, type Fields, type OidcOffer, checkFilled, readSource } from './credentials/source';
import { checkAccountId } from './registry';
import { input } from './runner';

// Each input of the one identity that is given directly, and what a store calls it.
const INPUTS: ReadonlyMap<Field, string> = new Map([
  ['access-key-id', 'aws-access-key-id'],
  ['secret-access-key', 'aws-secret-access-key'],
  ['session-token', 'aws-session-token'],
  ['role-to-assume', 'role-to-assume'],
  ['role-session-name', 'role-session-name'],
  ['role-external-id', 'role-external-id'],
  ['role-duration-seconds', 'role-duration-seconds'],
  ['audience', 'audience'],
  ['inline-session-policy', 'inline-session-policy'],
  ['managed-session-policies', 'managed-session-policies'],
]);

/**
 * Reads every input that describes an identity, and masks the secrets among them first. Throws a LoginError,
 * which holds no value, for what cannot be meant as it is.
 */
export async function readCredentials(env: NodeJS.ProcessEnv): Promise<GivenCredentials> {
  const offer = findOidcOffer(env);
  const fields = readFields();
  maskSecrets(fields);
  const store = await readStoreInput(offer);
  const naming = (field: Field): string => INPUTS.get(field) ?? field;
  return { store, direct: fields.size === 0 ? undefined : readSource(fields, naming, offer) };
}

function readFields(): Fields {
  return new Map(
    [...INPUTS].flatMap(([field, name]) => {
      const value = input(name);
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}

async function readStoreInput(offer: OidcOffer | undefined): Promise<GivenCredentials['store']> {
  const text = inputIfGiven('credential-store');
  if (text === undefined) return undefined;
  // Loaded with its parser for those who have a store alone.
  const { readStore } = await import('./credentials/store');
  return readStore(text, offer);
}

/** The accounts that a credential may belong to; none: any. Throws a LoginError for what is no account id. */
export function readAllowedAccountIds(): readonly string[] {
  const text = inputIfGiven('allowed-account-ids') ?? '';
  return text
    .split(/[\s,]+/)
    .filter((id) => id !== '')
    .map(checkAccountId);
}

// Left empty by a secret or a variable that is not set, it must not mean that there is none.
function inputIfGiven(name: string): string | undefined {
  const text = input(name);
  if (text !== undefined) checkFilled(name, text);
  return text;
}

// The runner offers OIDC tokens to jobs with the permission id-token: write.
function findOidcOffer(env: NodeJS.ProcessEnv): OidcOffer | undefined {
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  const requestToken = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  return url === '' || requestToken === '' ? undefined : { url, requestToken };
}
