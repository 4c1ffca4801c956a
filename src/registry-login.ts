import type { Login } from './docker/placement';
import type { Authorization } from './ecr';
import type { TokenRequest } from './token-request';

/** A registry, and the token that signs in to it. */
export interface RegistryLogin {
  readonly host: string;
  /** The account that the registry belongs to, where it is known. */
  readonly accountId: string | undefined;
  readonly request: TokenRequest;
  readonly authorization: Authorization;
}

/** A login as the Docker config takes it. */
export function toConfigLogin({ host, authorization }: RegistryLogin): Login {
  return {
    host,
    username: authorization.username,
    password: authorization.password,
    auth: authorization.token,
  };
}

/** When the first of the logins ends. */
export function earliestExpiry(logins: readonly RegistryLogin[]): Date {
  return new Date(Math.min(...logins.map(({ authorization }) => authorization.expiresAt.getTime())));
}

/** A time as the log and the summary give it. */
export function inMinutes(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
