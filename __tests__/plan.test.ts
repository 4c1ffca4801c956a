import { describe, expect, test } from 'vitest';
import { planLogins } from '../src/plan';
import { parseReferenceLines } from '../src/reference';
import { parseRegistry } from '../src/registry';
import { type PlanOptions, tokenKey } from '../src/token-request';

const AWS: PlanOptions = {
  defaultRegion: () => 'us-east-2',
  fips: false,
  dualStack: false,
  overridden: { private: false, public: false },
};
const ELSEWHERE: PlanOptions = { ...AWS, overridden: { private: true, public: true } };

const EU = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const US = '210987654321.dkr.ecr.us-east-1.amazonaws.com';
const FIPS = '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com';
const DUAL = '123456789012.dkr-ecr.eu-west-1.on.aws';

/** The plan in short: "id@region host", with ! for FIPS and + for dual-stack at the API. */
function plan(credential: string, registries: readonly string[], options: PlanOptions = AWS): string[] {
  return planLogins(
    parseReferenceLines(credential),
    registries.map((text) => parseRegistry(text)),
    options,
  ).map(
    ({ request, host }) =>
      `${request.flavour === 'public' ? 'public ' : ''}${request.credentialId}@${request.region}${request.fips ? '!' : ''}${request.dualStack ? '+' : ''} ${host ?? 'own'}`,
  );
}

describe('references and registries are put together', () => {
  test.each<[string, string, string[], string[]]>([
    ['none given: the own', 'ecr:eu-west-1:prod', [], ['prod@eu-west-1 own']],
    ['no region: the fallback', 'ecr:prod', [], ['prod@us-east-2 own']],
    ['one registry', 'ecr:eu-west-1:prod', [EU], [`prod@eu-west-1 ${EU}`]],
    ['a URL with a path', 'ecr:eu-west-1:prod', [`https://${EU}/my/app`], [`prod@eu-west-1 ${EU}`]],
    ['region from the registry', 'ecr:prod', [EU], [`prod@eu-west-1 ${EU}`]],
    ['an account id', 'ecr:eu-west-1:prod', ['123456789012'], [`prod@eu-west-1 ${EU}`]],
    [
      'an account id, in every region',
      'ecr:eu-west-1:a,ecr:us-east-1:b',
      ['210987654321'],
      ['a@eu-west-1 210987654321.dkr.ecr.eu-west-1.amazonaws.com', `b@us-east-1 ${US}`],
    ],
    ['by region', 'ecr:us-east-1:a,ecr:eu-west-1:b', [EU, US], [`b@eu-west-1 ${EU}`, `a@us-east-1 ${US}`]],
    [
      'without region: what no other claims',
      'ecr:us-east-1:a,ecr:b',
      [EU, US],
      [`b@eu-west-1 ${EU}`, `a@us-east-1 ${US}`],
    ],
    [
      'tied',
      `ecr:eu-west-1:a ${EU},ecr:eu-west-1:b 210987654321`,
      [],
      [`a@eu-west-1 ${EU}`, 'b@eu-west-1 210987654321.dkr.ecr.eu-west-1.amazonaws.com'],
    ],
    [
      'one left over: its own',
      'ecr:us-east-1:a,ecr:eu-west-1:b',
      [EU],
      [`b@eu-west-1 ${EU}`, 'a@us-east-1 own'],
    ],
    ['FIPS registry, FIPS API', 'ecr:us-east-1:a', [FIPS], [`a@us-east-1! ${FIPS}`]],
    ['dual-stack registry, dual-stack API', 'ecr:a', [DUAL], [`a@eu-west-1+ ${DUAL}`]],
    ['the same twice', 'ecr:eu-west-1:a', [EU, EU], [`a@eu-west-1 ${EU}`]],
    ['ECR Public', 'ecr-public:a', [], ['public a@us-east-1 public.ecr.aws']],
    ['ECR Public by its registry', 'ecr:a', ['public.ecr.aws'], ['public a@us-east-1 public.ecr.aws']],
    [
      'ECR Public, other name',
      'ecr-public:a',
      ['ecr-public.aws.com'],
      ['public a@us-east-1 ecr-public.aws.com'],
    ],
    [
      'both kinds',
      'ecr:eu-west-1:a,ecr-public:a',
      [EU, 'public.ecr.aws'],
      [`a@eu-west-1 ${EU}`, 'public a@us-east-1 public.ecr.aws'],
    ],
  ])('%s', (_name, credential, registries, expected) => {
    expect(plan(credential, registries)).toEqual(expected);
  });

  test('the flags of the environment choose the API, and the built host', () => {
    expect(plan('ecr:eu-west-1:a', ['123456789012'], { ...AWS, fips: true, dualStack: true })).toEqual([
      'a@eu-west-1!+ 123456789012.dkr-ecr-fips.eu-west-1.on.aws',
    ]);
  });

  test('under an override: any host, neither flag', () => {
    expect(
      plan('ecr:eu-west-1:a', ['127.0.0.1:5000', FIPS.replace('us-east', 'eu-west')], ELSEWHERE),
    ).toEqual([
      'a@eu-west-1 127.0.0.1:5000',
      'a@eu-west-1 123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com',
    ]);
  });
});

describe('what does not go together', () => {
  test.each<[string, string[], string]>([
    [
      'ecr:us-east-1:a',
      [EU],
      `The registry ${EU} lies in eu-west-1, and ecr:us-east-1:a is for us-east-1: write ecr:eu-west-1:a`,
    ],
    [
      'ecr:us-east-1:a,ecr:us-west-2:b',
      [EU],
      'fits no reference: add the line ecr:eu-west-1:ID to credential',
    ],
    [
      'ecr:eu-west-1:a,ecr:eu-west-1:b',
      [EU],
      `tie it to one, with the line "ecr:eu-west-1:a ${EU}" in credential`,
    ],
    ['ecr:a,ecr:b', [EU], 'could be signed in to with ecr:a and ecr:b'],
    [
      'ecr:eu-west-1:a',
      ['public.ecr.aws'],
      'is ECR Public, and ecr:eu-west-1:a is for private registries: write ecr-public:a',
    ],
    ['ecr-public:a', [EU], 'is a private one, and ecr-public:a is for ECR Public: write ecr:eu-west-1:a'],
    ['ecr-public:a', ['123456789012'], 'ECR Public, which has one registry for all'],
    ['ecr:eu-west-1:a', ['registry.example.com'], 'is no ECR host, and an ECR token goes to no other'],
    ['ecr:eu-west-1:a registry.example.com', [], 'is no ECR host'],
    ['ecr:eu-west-1:a', ['127.0.0.1:5000'], 'is no ECR host'],
    [
      'ecr:us-east-1:a',
      ['123456789012.dkr.ecr.us-east-1.amazonaws.com:443'],
      'did you mean 123456789012.dkr.ecr.us-east-1.amazonaws.com?',
    ],
  ])('%s with %j', (credential, registries, message) => {
    expect(() => plan(credential, registries)).toThrow(message);
  });

  test('under an override, two references and a host of neither', () => {
    expect(() => plan('ecr:eu-west-1:a,ecr:us-east-1:b', ['127.0.0.1:5000'], ELSEWHERE)).toThrow(
      'tie it to one',
    );
  });
});

test('registries of one credential, region and flavour share a token', () => {
  const keys = (credential: string, registries: readonly string[]): number =>
    new Set(
      planLogins(
        parseReferenceLines(credential),
        registries.map((text) => parseRegistry(text)),
        AWS,
      ).map((login) => tokenKey(login.request)),
    ).size;
  expect(keys('ecr:eu-west-1:a', ['123456789012', '210987654321', EU])).toBe(1);
  expect(keys('ecr:a', [EU, US])).toBe(2);
  expect(keys('ecr:a', [EU, DUAL])).toBe(2);
  expect(keys('ecr:us-east-1:a', [US, FIPS])).toBe(2);
});
