import { remedyFor } from '../aws-errors';
import { LoginError, codeOf, safeMessage } from '../errors';

/** What STS was asked. */
interface Asked {
  readonly operation: 'AssumeRole' | 'AssumeRoleWithWebIdentity';
  readonly id: string;
  readonly region: string;
  readonly roleArn: string | undefined;
  /** The web identity token, of which only the claims that a trust policy tests are shown. */
  readonly token?: string;
}

/** An error of STS, by its name without "Exception" and by its message, and what to do about it. */
interface Hint {
  readonly name: string;
  readonly message?: RegExp;
  readonly remedy: string | ((asked: Asked) => string);
}

// The names are those of the STS API reference; the messages, where one name has several causes, are AWS's.
const HINTS: readonly Hint[] = [
  {
    name: 'AccessDenied',
    message: /sts:AssumeRoleWithWebIdentity/,
    remedy: ({ token }) =>
      `the role's trust policy must allow sts:AssumeRoleWithWebIdentity to the OIDC provider of this job's tokens, for this audience and subject${claims(token)}; repositories created or renamed since July 2026 have an immutable subject, repo:OWNER@ID/REPOSITORY@ID:…, which older trust policies do not match`,
  },
  {
    name: 'AccessDenied',
    remedy:
      "the role's trust policy must allow this principal (with the external id, if it asks for one), and a policy of the principal must allow sts:AssumeRole on the role",
  },
  {
    name: 'ExpiredToken',
    remedy: ({ token }) =>
      token === undefined
        ? 'the session of the keys that the role is assumed with has ended: get fresh keys in an earlier step of the same job'
        : 'the web identity token has expired: they last minutes, so get it in the same job, right before',
  },
  {
    name: 'InvalidIdentityToken',
    remedy: ({ token }) =>
      `the role's account needs an IAM identity provider for the issuer of this token, with its audience${claims(token)}`,
  },
  { name: 'IDPRejectedClaim', remedy: 'the identity provider has refused the token: get a new one' },
  {
    name: 'PackedPolicyTooLarge',
    remedy: 'inline-session-policy and managed-session-policies are too long together: shorten them',
  },
  {
    name: 'MalformedPolicyDocument',
    remedy: 'inline-session-policy is no valid IAM policy: try it in the policy editor of the IAM console',
  },
  {
    name: 'RegionDisabled',
    remedy: "STS is switched off in this region for the account: switch it on in the IAM console's settings",
  },
  {
    name: 'ValidationError',
    message: /role chaining/i,
    remedy:
      'a role that is assumed with the keys of another role lasts an hour at most: set role-duration-seconds to 3600 or less',
  },
  {
    name: 'ValidationError',
    message: /MaxSessionDuration/,
    remedy: "lower role-duration-seconds, or raise the role's maximum session duration",
  },
  {
    name: 'InvalidClientTokenId',
    remedy:
      'AWS does not know the key that the role is assumed with: it was deleted, belongs to another partition, or its session token is missing',
  },
  {
    name: 'SignatureDoesNotMatch',
    remedy: 'the secret key is not the one of this key id: store both again, as a pair',
  },
  { name: 'Throttling', remedy: 'too many requests to STS at once: run the job again' },
];

/** The error that a failed request to STS becomes: what was asked, of whom, what came back, what to do. */
export function stsFailure(error: unknown, asked: Asked): LoginError {
  const name = codeOf(error) ?? (error instanceof Error ? error.name : 'Error');
  const message = withoutValues(safeMessage(error));
  const short = name.replace(/Exception$/, '');
  const hint = HINTS.find((one) => one.name === short && (one.message?.test(message) ?? true));
  const remedy =
    hint === undefined ? remedyFor(name) : typeof hint.remedy === 'string' ? hint.remedy : hint.remedy(asked);
  const { operation, id, region, roleArn } = asked;
  const what = `STS in ${region} gave credential ${id} no keys of the role ${roleArn ?? 'unknown'} (${operation})`;
  // An answer of AWS is all in the line above, and may quote secrets; what never got an answer has a story.
  const cause = error instanceof Error && '$metadata' in error ? {} : { cause: error };
  return new LoginError(`${what}: ${name}: ${message}; ${remedy}`, cause);
}

// "1 validation error detected: Value '…' at 'webIdentityToken' failed to satisfy constraint": a secret, quoted.
function withoutValues(message: string): string {
  return message.replaceAll(/Value '.*?' at/gs, 'the value at');
}

// The claims of a token are no secret, as its signature is; they are what a trust policy is compared with.
function claims(token = ''): string {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { iss, aud, sub } = JSON.parse(payload) as Readonly<Record<string, unknown>>;
    return ` (issuer ${String(iss)}, audience ${String(aud)}, subject ${String(sub)})`;
  } catch {
    return '';
  }
}
