import { describe, expect, test } from 'vitest';
import { stsFailure } from '../../src/credentials/sts-errors';
import { jwt } from './stand-in';

const ASKED = {
  operation: 'AssumeRole',
  id: 'prod',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::123456789012:role/r',
} as const;
const TOKEN = jwt('sts.amazonaws.com');
const BY_TOKEN = { ...ASKED, operation: 'AssumeRoleWithWebIdentity', token: TOKEN } as const;

function answered(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: {} });
}

describe('each error of STS says what to do', () => {
  test.each<[string, string, typeof ASKED | typeof BY_TOKEN, string]>([
    [
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      BY_TOKEN,
      "the role's trust policy must allow sts:AssumeRoleWithWebIdentity to the OIDC provider of this job's tokens, for this audience and subject (issuer https://token.actions.githubusercontent.com, audience sts.amazonaws.com, subject repo:octo@1/app@2:ref:refs/heads/main); repositories created or renamed since July 2026 have an immutable subject",
    ],
    [
      'AccessDenied',
      'User is not authorized to perform: sts:AssumeRole',
      ASKED,
      'must allow sts:AssumeRole on the role',
    ],
    ['ExpiredTokenException', 'Token expired', BY_TOKEN, 'the web identity token has expired'],
    [
      'ExpiredToken',
      'The security token is expired',
      ASKED,
      'the session of the keys that the role is assumed with has ended',
    ],
    [
      'InvalidIdentityTokenException',
      'No provider',
      BY_TOKEN,
      "the role's account needs an IAM identity provider",
    ],
    ['IDPRejectedClaimException', 'Rejected', BY_TOKEN, 'get a new one'],
    ['PackedPolicyTooLargeException', 'Too large', ASKED, 'are too long together: shorten them'],
    ['MalformedPolicyDocumentException', 'Syntax', ASKED, 'inline-session-policy is no valid IAM policy'],
    ['RegionDisabledException', 'Not activated', ASKED, 'STS is switched off in this region'],
    [
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      ASKED,
      'lasts an hour at most: set role-duration-seconds to 3600 or less',
    ],
    [
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      ASKED,
      "lower role-duration-seconds, or raise the role's maximum session duration",
    ],
    ['InvalidClientTokenId', 'The security token is invalid', ASKED, 'AWS does not know the key'],
    [
      'SignatureDoesNotMatch',
      'No match\nThe Canonical String was secret',
      ASKED,
      'store both again, as a pair',
    ],
    ['Throttling', 'Rate exceeded', ASKED, 'too many requests to STS at once'],
    ['Unheard', 'Of', ASKED, 'run again with debug logging to see every attempt'],
  ])('%s: %s', (name, message, asked, remedy) => {
    const error = stsFailure(answered(name, message), asked);
    expect(error.message).toContain(
      `STS in eu-west-1 gave credential prod no keys of the role ${ASKED.roleArn}`,
    );
    expect(error.message).toContain(`(${asked.operation}): ${name}: `);
    expect(error.message).toContain(remedy);
    expect(error.message).not.toMatch(/\n|secret\b(?! key)/);
    expect(error.message).not.toContain(TOKEN);
    expect(error.cause).toBeUndefined();
  });

  test('and quotes no value that STS quotes', () => {
    const quoted = `1 validation error detected: Value '${TOKEN}' at 'webIdentityToken' failed to satisfy constraint`;
    const { message } = stsFailure(answered('ValidationError', quoted), BY_TOKEN);
    expect(message).toContain("the value at 'webIdentityToken' failed");
    expect(message).not.toContain(TOKEN);
  });

  test('and keeps the story of what got no answer', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = stsFailure(cause, ASKED);
    expect(error.message).toContain('ECONNREFUSED: connect ECONNREFUSED; nothing listens there');
    expect(error.cause).toBe(cause);
  });

  test('and does without the claims of a token that has none', () => {
    const asked = { ...BY_TOKEN, token: 'opaque' };
    expect(stsFailure(answered('InvalidIdentityToken', 'x'), asked).message).toMatch(/with its audience$/);
  });
});
