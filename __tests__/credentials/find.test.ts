import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GivenCredentials, findCredentials } from '../../src/credentials/find';
import { prepareIdentities } from '../../src/credentials/identity';
import { type Field, type Source, readSource } from '../../src/credentials/source';
import type { Log } from '../../src/log';
import { testNetwork } from '../support/network';

const directory = mkdtempSync(join(tmpdir(), 'find-'));
beforeAll(() => {
  process.env['AWS_CONFIG_FILE'] = join(directory, 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(directory, 'credentials');
  const sections = [
    '[default]',
    '[profile team]',
    '[sso-session corp]',
    '[services local]',
    '[profile prod]',
  ];
  writeFileSync(
    join(directory, 'config'),
    sections.map((section) => `${section}\nregion = eu-west-3\n`).join(''),
  );
  writeFileSync(join(directory, 'credentials'), '[shared]\naws_access_key_id = AKIASHARED\n');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const DIRECT: Source = { kind: 'keys', keys: { accessKeyId: 'AKIADIRECT', secretAccessKey: 'x' } };
const STORED: Source = { kind: 'keys', keys: { accessKeyId: 'AKIASTORED', secretAccessKey: 'x' } };

function role(fields: Partial<Record<Field, string>>): Source {
  const all = { 'role-to-assume': 'arn:aws:iam::123456789012:role/r', ...fields };
  return readSource(new Map(Object.entries(all) as [Field, string][]), (field) => field, undefined);
}

function given(direct: Source | undefined, entries?: Readonly<Record<string, Source>>): GivenCredentials {
  return { direct, store: entries === undefined ? undefined : new Map(Object.entries(entries)) };
}

describe('the first place that has an id wins', () => {
  test.each<[string, GivenCredentials, object]>([
    ['prod', given(DIRECT, { prod: STORED }), { source: STORED, place: 'credential-store' }],
    ['default', given(DIRECT, { default: STORED }), { source: STORED, place: 'credential-store' }],
    ['prod', given(DIRECT), { source: DIRECT, place: 'the inputs' }],
    ['default', given(DIRECT), { source: DIRECT, place: 'the inputs' }],
    ['default', given(DIRECT, { prod: STORED }), { source: DIRECT, place: 'the inputs' }],
    ['team', given(DIRECT, {}), { source: { kind: 'profile', profile: 'team' }, place: 'the machine' }],
    ['shared', given(undefined), { source: { kind: 'profile', profile: 'shared' } }],
    ['default', given(undefined), { source: { kind: 'environment' }, place: 'the machine' }],
    ['default', given(undefined, { prod: STORED }), { source: { kind: 'environment' } }],
  ])('%s in %j', async (id, where, expected) => {
    expect((await findCredentials([id], where)).get(id)).toMatchObject({ id, ...expected });
  });
});

describe('what is found nowhere, or twice, is an error', () => {
  test.each<[string, readonly string[], GivenCredentials, string]>([
    [
      'a typo beside a store',
      ['prdo'],
      given(DIRECT, { prod: STORED, other: STORED }),
      'No credential is named "prdo": known are prod, other in credential-store; default, team, prod, shared among the AWS profiles; default, which beside a store is the identity that the inputs give; is it misspelt?',
    ],
    [
      'nothing given',
      ['ghost'],
      given(undefined),
      "default, the name of the environment's own credentials; give aws-access-key-id and aws-secret-access-key or role-to-assume",
    ],
    ['an sso-session', ['sso-session.corp'], given(undefined), 'No credential is named "sso-session.corp"'],
    ['constructor', ['constructor'], given(undefined, {}), 'No credential is named "constructor"'],
    ['a region', ['eu-west-1'], given(undefined), '(eu-west-1 is a region: the form is ecr:eu-west-1:ID)'],
    [
      'two ids for the inputs',
      ['a', 'b'],
      given(DIRECT),
      'a and b would both be the one identity that the inputs give',
    ],
    [
      'a source that is nowhere',
      ['a'],
      given(undefined, { a: role({ source: 'ghost' }) }),
      'No credential is named "ghost", which the role of "a" has as its source',
    ],
    ['a role of itself', ['a'], given(undefined, { a: role({ source: 'a' }) }), 'in a loop, a → a'],
    [
      'a loop behind the beginning',
      ['a'],
      given(undefined, { a: role({ source: 'b' }), b: role({ source: 'c' }), c: role({ source: 'b' }) }),
      'in a loop, b → c → b',
    ],
    [
      'more than an hour in a chain',
      ['a'],
      given(undefined, { a: role({ source: 'b', 'role-duration-seconds': '7200' }), b: role({}) }),
      'role-duration-seconds of credential a is 7200, and a role that is assumed with the keys of another role lasts an hour at most',
    ],
  ])('%s', async (_name, ids, where, message) => {
    await expect(findCredentials(ids, where)).rejects.toThrow(message);
  });
});

describe('an identity', () => {
  const silent = (): void => undefined;
  const log: Log = { debug: silent, info: silent, notice: silent, warning: silent };
  const request = (credentialId: string, region: string) => ({
    credentialId,
    region,
    flavour: 'private' as const,
    fips: false,
    dualStack: false,
  });

  test('is told with the whole chain, and no secret', async () => {
    const lines: string[] = [];
    const chain = { a: role({ source: 'b' }), b: role({ source: 'k' }), k: STORED };
    const found = await findCredentials(['a', 'default', 'team'], given(undefined, chain));
    const requests = ['a', 'default', 'team', 'a'].map((id) => request(id, 'eu-west-1'));
    prepareIdentities(requests, found, [], testNetwork({ ...log, info: (line) => lines.push(line) }));
    const arn = 'arn:aws:iam::123456789012:role/r';
    expect(lines).toEqual([
      `Credential a: role ${arn} by credential b (role ${arn} by credential k (access key AKIASTORED)), from credential-store`,
      "Credential default: the machine's own credentials",
      'Credential team: AWS profile team',
    ]);
  });

  test('gives its keys once, the same to all who ask', async () => {
    const found = await findCredentials(['k'], given(undefined, { k: STORED }));
    const identity = prepareIdentities([request('k', 'eu-west-1')], found, [], testNetwork()).get('k');
    expect(identity?.credentials()).toBe(identity?.credentials());
    expect(await identity?.credentials()).toMatchObject({ accessKeyId: 'AKIASTORED' });
  });

  test('whose role lies in another partition than one of its regions, anywhere in its chain', async () => {
    const found = await findCredentials(['a'], given(undefined, { a: role({ source: 'b' }), b: role({}) }));
    const requests = [request('a', 'eu-west-1'), request('a', 'us-gov-east-1')];
    expect(() => prepareIdentities(requests, found, [], testNetwork())).toThrow(
      'is in partition aws, and us-gov-east-1 in partition aws-us-gov',
    );
  });

  test('whose role belongs to an account that is not allowed', async () => {
    const found = await findCredentials(['a'], given(undefined, { a: role({}) }));
    const prepare = (allowed: readonly string[]): unknown =>
      prepareIdentities([request('a', 'eu-west-1')], found, allowed, testNetwork());
    expect(() => prepare(['111111111111'])).toThrow('Credential a is of account 123456789012');
    expect(() => prepare(['111111111111', '123456789012'])).not.toThrow();
  });
});
