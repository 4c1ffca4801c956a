import { LoginError } from '../errors';
import type { Inputs, StaticKeys } from '../inputs';

/** An AWS identity that a credential id stands for. */
export interface Identity {
  readonly id: string;
  /** Where it was found, in words for the log; never a value that is secret. */
  readonly origin: string;
  /** Its keys; undefined stands for the SDK's default chain, which looks for them when they are used. */
  readonly keys: StaticKeys | undefined;
}

/**
 * Finds the identity of each credential id: the keys given directly, else for `default` alone the SDK's
 * default chain. Throws a LoginError for an id that is found nowhere, and for two ids that would both be the
 * keys given directly: those are one identity, and one of the two ids is a slip.
 */
export function findIdentities(ids: readonly string[], inputs: Inputs): ReadonlyMap<string, Identity> {
  const distinct = [...new Set(ids)];
  if (inputs.keys !== undefined && distinct.length > 1) {
    throw new LoginError(
      `The credential ids ${distinct.join(' and ')} would both be the one key in aws-access-key-id: write one id, or sign in to the other in a step of its own`,
    );
  }
  return new Map(distinct.map((id) => [id, findIdentity(id, inputs.keys)]));
}

function findIdentity(id: string, keys: StaticKeys | undefined): Identity {
  if (keys !== undefined) return { id, origin: `access key ${keys.accessKeyId}, from the inputs`, keys };
  if (id === 'default') return { id, origin: "the machine's own credentials", keys: undefined };
  throw new LoginError(
    `No credential is named "${id}": give aws-access-key-id and aws-secret-access-key, or write default for the machine's own credentials`,
  );
}
