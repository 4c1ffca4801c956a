import { describe, expect, test } from 'vitest';
import { isAwsHost, partitionOf } from '../src/partition';
import { parseEcrHost, parseRegistry, privateHost, suggestHost } from '../src/registry';

const NONE = { fips: false, dualStack: false };

describe('a registry is taken apart', () => {
  test.each([
    [
      'https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/blah/blah',
      '123456789012',
      'us-east-1',
      'aws',
      NONE,
    ],
    ['123456789012.dkr.ecr.us-west-2.amazonaws.com', '123456789012', 'us-west-2', 'aws', NONE],
    ['012345678901.dkr.ecr.eu-west-3.amazonaws.com', '012345678901', 'eu-west-3', 'aws', NONE],
    ['123456789012.dkr.ecr.xx-new-1.amazonaws.com', '123456789012', 'xx-new-1', 'aws', NONE],
    [
      '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com',
      '123456789012',
      'us-east-1',
      'aws',
      { fips: true, dualStack: false },
    ],
    [
      '123456789012.dkr-ecr.us-west-2.on.aws',
      '123456789012',
      'us-west-2',
      'aws',
      { fips: false, dualStack: true },
    ],
    [
      '012345678901.dkr-ecr.eu-north-1.on.aws',
      '012345678901',
      'eu-north-1',
      'aws',
      { fips: false, dualStack: true },
    ],
    [
      '123456789012.dkr-ecr-fips.us-west-2.on.aws',
      '123456789012',
      'us-west-2',
      'aws',
      { fips: true, dualStack: true },
    ],
    ['210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn/foo', '210987654321', 'cn-north-1', 'aws-cn', NONE],
    [
      '390948362332.dkr.ecr.cn-northwest-1.amazonaws.com.cn',
      '390948362332',
      'cn-northwest-1',
      'aws-cn',
      NONE,
    ],
    [
      '210987654321.dkr.ecr.cn-north-1.on.amazonwebservices.com.cn',
      '210987654321',
      'cn-north-1',
      'aws-cn',
      { fips: false, dualStack: true },
    ],
    [
      '210987654321.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
      '210987654321',
      'cn-north-1',
      'aws-cn',
      { fips: false, dualStack: true },
    ],
    [
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      '123456789012',
      'us-gov-west-1',
      'aws-us-gov',
      { fips: true, dualStack: false },
    ],
    [
      '123456789012.dkr-ecr.us-gov-east-1.on.aws',
      '123456789012',
      'us-gov-east-1',
      'aws-us-gov',
      { fips: false, dualStack: true },
    ],
    [
      '123456789012.dkr-ecr-fips.us-gov-east-1.on.aws',
      '123456789012',
      'us-gov-east-1',
      'aws-us-gov',
      { fips: true, dualStack: true },
    ],
    ['210987654321.dkr.ecr.us-iso-east-1.c2s.ic.gov', '210987654321', 'us-iso-east-1', 'aws-iso', NONE],
    [
      '123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov',
      '123456789012',
      'us-isob-east-1',
      'aws-iso-b',
      NONE,
    ],
    [
      '123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk',
      '123456789012',
      'eu-isoe-west-1',
      'aws-iso-e',
      NONE,
    ],
    [
      '123456789012.dkr.ecr.us-isof-east-1.csp.hci.ic.gov',
      '123456789012',
      'us-isof-east-1',
      'aws-iso-f',
      NONE,
    ],
    ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', '123456789012', 'eusc-de-east-1', 'aws-eusc', NONE],
    ['123456789012.DKR.ECR.us-east-1.AmazonAWS.com', '123456789012', 'us-east-1', 'aws', NONE],
  ])('%s', (text, accountId, region, partition, flags) => {
    const registry = parseRegistry(text);
    expect(registry).toMatchObject({
      kind: 'ecr',
      flavour: 'private',
      accountId,
      region,
      partition,
      ...flags,
    });
  });

  test.each([
    ['https://public.ecr.aws', 'public.ecr.aws'],
    ['public.ecr.aws', 'public.ecr.aws'],
    ['https://public.ecr.aws/amazonlinux', 'public.ecr.aws'],
    ['ecr-public.aws.com', 'ecr-public.aws.com'],
    ['https://ecr-public.aws.com/amazonlinux', 'ecr-public.aws.com'],
  ])('%s is ECR Public', (text, host) => {
    expect(parseRegistry(text)).toMatchObject({ kind: 'ecr', flavour: 'public', host, region: undefined });
  });
});

test.each([
  '.dkr.ecr.not-real.amazonaws.com',
  'not.ecr.io',
  'gcr.io',
  'registry.gitlab.com',
  '123456789012.dkr.ecr.us-west-2.amazonaws.com.fake.example.com',
  '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com.fake.example.com',
  '210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn.fake.example.com.cn',
  '210987654321.dkr.ecr.cn-north-1.on.aws.com.cn',
  'public.ecr.aws.fake.example.com',
  'evil-public.ecr.aws.example.com',
  'evil-public.ecr.aws',
  '123456789012.dkr.ecr.us-east-1.evil.com.amazonaws.com',
  '210987654321.dkr.ecr.cn-north-1.amazonaws.comXcn',
  '12345678901.dkr.ecr.us-east-1.amazonaws.com',
  '1234567890123.dkr.ecr.us-east-1.amazonaws.com',
  '210987654321.dkr.ecr.cn-north-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com.cn',
  '123456789012.dkr-ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.on.aws',
  '123456789012.dkr.ecr.us-east-1.amazonaws.eu',
  '123456789012.dkr-ecr.us-iso-east-1.on.aws',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com:443',
  'x123456789012.dkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.us_east_1.amazonaws.com',
  'vpce-0a1b-123456789012.dkr.ecr.us-east-1.vpce.amazonaws.com',
])('%s is no ECR host', (host) => {
  expect(parseEcrHost(host)).toBeUndefined();
});

describe('a host that is built', () => {
  test.each([
    'us-east-1',
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'eu-isoe-west-1',
    'us-isof-east-1',
    'eusc-de-east-1',
    'xx-new-1',
  ])('in %s is read as what it was built from', (region) => {
    for (const fips of [false, true]) {
      const built = privateHost('123456789012', region, { fips, dualStack: false });
      expect(parseEcrHost(built.host)).toEqual(built);
    }
  });
  test.each(['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'])(
    'in %s, dual-stack too',
    (region) => {
      const built = privateHost('123456789012', region, { fips: false, dualStack: true });
      expect(parseEcrHost(built.host)).toEqual(built);
    },
  );
  test('no dual-stack where the partition has none', () => {
    expect(() => privateHost('123456789012', 'us-iso-east-1', { fips: false, dualStack: true })).toThrow(
      'aws-iso',
    );
  });
});

describe('what is no registry at all', () => {
  test.each([
    ['12345678901', 'has 11 digits in place of 12: YAML drops leading zeros, so quote it in YAML'],
    ['1234567890123', 'has 13 digits in place of 12'],
    ['http://123456789012.dkr.ecr.us-east-1.amazonaws.com', 'over plain http: write https://123456789012'],
    ['https://', 'neither a host, nor an https:// URL'],
    ['user@host', 'neither a host'],
    ['a b', 'neither a host'],
    ['ftp://host', 'neither a host'],
  ])('%s', (text, message) => {
    expect(() => parseRegistry(text)).toThrow(message);
  });
});

test.each([
  ['123456789012.ecr.us-east-1.amazonaws.com', '123456789012.dkr.ecr.us-east-1.amazonaws.com'],
  ['https://123456789012.ecr.eu-west-1.amazonaws.com/app', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  ['123456789012.ecr-fips.us-east-1.amazonaws.com', '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com'],
  ['123456789012.ecr.cn-north-1.amazonaws.com.cn', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
])('%s is taken for %s, and that is said', (text, host) => {
  const notices: string[] = [];
  const registry = parseRegistry(text, (line) => notices.push(line));
  expect(registry).toMatchObject({ kind: 'ecr', host });
  expect(notices).toEqual([`The registry "${text}" lacks "dkr", and is taken for ${host}: write that`]);
});

test.each([
  '123456789012.ecr.us-east-1.amazonaws.com.example.com',
  '12345678901.ecr.us-east-1.amazonaws.com',
  '123456789012.ecr.cn-north-1.amazonaws.com',
])('%s is no ECR host without its dkr', (text) => {
  expect(parseRegistry(text)).toMatchObject({ kind: 'other' });
});

test.each([
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com:443', '123456789012.dkr.ecr.us-east-1.amazonaws.com'],
  ['registry.example.com', undefined],
])('for %s, %s is suggested', (host, meant) => {
  expect(suggestHost(host)).toBe(meant);
});

test.each([
  ['api.ecr.eu-west-1.amazonaws.com', true],
  ['vpce-0a1b.api.ecr.eu-west-1.vpce.amazonaws.com', true],
  ['ecr.eu-west-1.api.aws', true],
  ['api.ecr.cn-north-1.amazonaws.com.cn', true],
  ['localhost', false],
  ['localhost.localstack.cloud', false],
  ['amazonaws.com.example.com', false],
  ['evilamazonaws.com', false],
])('%s is a host of AWS: %s', (host, expected) => {
  expect(isAwsHost(host)).toBe(expected);
});

test.each([
  ['eu-west-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-east-1', 'aws-us-gov'],
  ['us-iso-west-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
])('%s lies in partition %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
