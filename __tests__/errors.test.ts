import { describe, expect, test } from 'vitest';
import { REMEDIES, remedyFor } from '../src/aws-errors';
import { safeMessage } from '../src/errors';

describe('what AWS says beyond the name of an error decides what to do', () => {
  test.each([
    [
      'AccessDeniedException',
      'User: x is not authorized to perform: ecr:GetAuthorizationToken with an explicit deny in a service control policy',
      'a service control policy of the organization denies it',
    ],
    [
      'AccessDeniedException',
      'x because no permissions boundary allows the ecr:GetAuthorizationToken action',
      'the permissions boundary of this principal',
    ],
    [
      'AccessDeniedException',
      'x because no session policy allows the ecr:GetAuthorizationToken action',
      'a session policy does not allow it',
    ],
    [
      'AccessDeniedException',
      'x because no identity-based policy allows the action',
      '"Action":"ecr:GetAuthorizationToken"',
    ],
    [
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z',
      'the clock of this machine is wrong',
    ],
    [
      'InvalidSignatureException',
      'The request signature we calculated does not match',
      'store both again, as a pair',
    ],
    ['Unheard', 'of', 'run again with debug logging'],
  ])('%s: %s', (name, message, remedy) => {
    expect(remedyFor(name, new Error(message))).toContain(remedy);
  });
});

test.each(Object.entries(REMEDIES))('%s has something to do', (name, remedy) => {
  expect(remedyFor(name)).toBe(remedy);
  expect(remedy).not.toContain('\n');
});

test('the request that AWS quotes is cut off', () => {
  expect(
    safeMessage(
      new Error(
        "It does not match.\n\nThe Canonical String for this request should have been\n'x-amz-security-token:secret'",
      ),
    ),
  ).toBe('It does not match');
});
