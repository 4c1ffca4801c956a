import { describe, expect, test } from 'vitest';
import { type Field, readSource } from '../../src/credentials/source';

type Given = Partial<Record<Field, string>>;

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const ID = 'AKIAIOSFODNN7EXAMPLE';
const KEYS: Given = { 'access-key-id': ID, 'secret-access-key': SECRET };
const ROLE: Given = { 'role-to-assume': 'arn:aws:iam::123456789012:role/path/deploy' };
const OFFER = { url: 'https://oidc.example', requestToken: 'request-token' };

function read(given: Given, offer?: typeof OFFER): ReturnType<typeof readSource> {
  const fields = new Map(Object.entries(given) as [Field, string][]);
  return readSource(fields, (field) => `${field} of credential x`, offer);
}

describe('a role is assumed with the first of', () => {
  const TOKEN = { 'web-identity-token': 'a.b.c' };
  const FILE = { 'web-identity-token-file': '/token' };
  const SOURCE = { source: 'other' };
  test.each<[Given, typeof OFFER | undefined, object]>([
    [{ ...TOKEN, ...FILE, ...SOURCE, ...KEYS }, OFFER, { kind: 'token', token: 'a.b.c' }],
    [{ ...FILE, ...SOURCE, ...KEYS }, OFFER, { kind: 'token-file', path: '/token' }],
    [{ ...SOURCE, ...KEYS }, OFFER, { kind: 'credential', id: 'other' }],
    [KEYS, OFFER, { kind: 'keys', keys: { accessKeyId: ID, secretAccessKey: SECRET } }],
    [{}, OFFER, { kind: 'oidc', offer: OFFER }],
    [{}, undefined, { kind: 'environment' }],
  ])('%j', (given, offer, by) => {
    expect(read({ ...ROLE, ...given }, offer)).toMatchObject({ kind: 'role', by });
  });
});

test('a role has what it was given, and the defaults of the field', () => {
  expect(read(ROLE)).toMatchObject({
    role: { accountId: '123456789012', partition: 'aws', sessionName: 'GitHubActions', policyArns: [] },
  });
  const given: Given = {
    'role-to-assume': ' arn:aws-us-gov:iam::012345678901:role/r\n',
    'role-session-name': 'me',
    'role-external-id': 'ext',
    'role-duration-seconds': '43200',
    audience: 'aud',
    'inline-session-policy': '{}',
    'managed-session-policies': 'arn:a\n  arn:b,arn:c\n',
  };
  expect(read(given)).toMatchObject({
    role: {
      arn: 'arn:aws-us-gov:iam::012345678901:role/r',
      partition: 'aws-us-gov',
      sessionName: 'me',
      externalId: 'ext',
      durationSeconds: 43_200,
      audience: 'aud',
      policy: '{}',
      policyArns: ['arn:a', 'arn:b', 'arn:c'],
    },
  });
});

describe('what cannot be meant is refused in one line, without the value', () => {
  test.each<[string, Given, string]>([
    ['half a key pair', { 'access-key-id': ID }, 'secret-access-key of credential x is missing'],
    ['the other half', { 'secret-access-key': SECRET }, 'access-key-id of credential x is missing'],
    ['a session token alone', { 'session-token': SECRET }, 'access-key-id of credential x is missing'],
    ['an empty secret', { ...KEYS, 'secret-access-key': ' ' }, 'secret-access-key of credential x is empty'],
    ['an empty role', { 'role-to-assume': '' }, 'role-to-assume of credential x is empty'],
    [
      'a line break',
      { ...KEYS, 'secret-access-key': `${SECRET}\n` },
      'white space at its beginning or its end',
    ],
    ['a space inside', { ...KEYS, 'secret-access-key': `a ${SECRET}` }, 'has white space inside it'],
    [
      'id and secret swapped',
      { 'access-key-id': SECRET, 'secret-access-key': ID },
      'access-key-id of credential x holds the secret key and secret-access-key of credential x the key id',
    ],
    ['a secret for an id', { ...KEYS, 'access-key-id': SECRET }, 'holds a secret key'],
    [
      'ASIA alone',
      { ...KEYS, 'access-key-id': 'ASIAIOSFODNN7EXAMPLE' },
      'give session-token of credential x too',
    ],
    ['a profile beside keys', { ...KEYS, profile: 'p' }, 'take access-key-id away'],
    ['a role field alone', { audience: 'a' }, 'audience of credential x is for a role'],
    ['a role field beside keys', { ...KEYS, source: 'a' }, 'source of credential x is for a role'],
    ['a role name', { 'role-to-assume': 'deploy' }, "is a role's name, which says no account"],
    ['a user', { 'role-to-assume': 'arn:aws:iam::123456789012:user/u' }, 'is not the ARN of a role'],
    ['no number', { ...ROLE, 'role-duration-seconds': '1h' }, 'is no number of seconds from 900 to 43200'],
    ['too short', { ...ROLE, 'role-duration-seconds': '899' }, 'is no number of seconds from 900 to 43200'],
    [
      'no id',
      { ...ROLE, source: `a ${SECRET}` },
      'source of credential x is not the id of another credential',
    ],
    [
      'an external id with a token',
      { ...ROLE, 'role-external-id': 'e', 'web-identity-token': 't' },
      'role-external-id of credential x cannot be used with a web identity token, for which STS has no external id',
    ],
    [
      'white space in a token',
      { ...ROLE, 'web-identity-token': `${SECRET}\n` },
      'white space at its beginning',
    ],
  ])('%s', (_name, given, message) => {
    let thrown: unknown;
    try {
      read(given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'LoginError', message: expect.stringContaining(message) as string });
    expect(String(thrown)).not.toContain(SECRET);
    expect(String(thrown)).not.toContain('\n');
  });

  test('an external id with OIDC', () => {
    expect(() => read({ ...ROLE, 'role-external-id': 'e' }, OFFER)).toThrow('cannot be used with OIDC');
  });
});
