import { describe, expect, test } from 'vitest';
import { type CleanMode, findRemovals, hostOf } from '../../src/docker/stale';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const OTHER = '210987654321.dkr.ecr.us-east-1.amazonaws.com';
const NOW = new Date('2026-06-01T00:00:00Z');

/** An entry as ECR's login is: its token ends at a time, or does not say when. */
function entry(expiration?: string): string {
  const secret =
    expiration === undefined
      ? { payload: 'x' }
      : { payload: 'x', expiration: Date.parse(expiration) / 1_000 };
  const password = Buffer.from(JSON.stringify(secret)).toString('base64');
  return JSON.stringify({ auth: Buffer.from(`AWS:${password}`).toString('base64') });
}

const LOGINS: Readonly<Record<string, string>> = {
  [HOST]: entry('2026-06-01T06:00:00Z'),
  [`https://${HOST}`]: entry('2026-06-01T06:00:00Z'),
  [`${HOST}/`]: '{}',
  [`${HOST}/team/app`]: '{}',
  [`https://${HOST}/v1/`]: '{"auth":"eDp5"}',
  [OTHER]: entry('2026-05-31T23:59:00Z'),
  '210987654321.dkr.ecr.us-west-2.amazonaws.com': entry('2026-06-01T00:01:00Z'),
  '210987654321.dkr.ecr.us-west-1.amazonaws.com': entry(),
  'public.ecr.aws': entry('2026-01-01T00:00:00Z'),
  'https://index.docker.io/v1/': '{"auth":"eDp5"}',
  'ghcr.io': entry('2020-01-01T00:00:00Z'),
  'evil-public.ecr.aws.example.com': entry('2020-01-01T00:00:00Z'),
};

const ALL = Object.keys(LOGINS);
const ECR = ALL.filter((key) => !/index.docker.io|ghcr.io|example.com/.test(key));

describe('what goes', () => {
  test.each<[CleanMode, readonly string[]]>([
    ['none', []],
    [
      'stale',
      [`https://${HOST}`, `${HOST}/`, `${HOST}/team/app`, `https://${HOST}/v1/`, OTHER, 'public.ecr.aws'],
    ],
    ['ecr', ECR],
    ['all', ALL],
  ])('with %s', (mode, expected) => {
    const logins = ALL.map((key) => ({ key, entry: LOGINS[key] ?? '' }));
    const removals = findRemovals(mode, logins, [HOST], NOW);
    expect(removals.map(({ key }) => key)).toEqual(expected);
    for (const { reason } of removals) expect(reason).not.toBe('');
  });

  test('with its reason', () => {
    const reasons = (key: string): readonly string[] =>
      findRemovals('stale', [{ key, entry: LOGINS[key] ?? '' }], [HOST], NOW).map(({ reason }) => reason);
    expect(reasons(OTHER)).toEqual(['its token expired at 2026-05-31T23:59:00.000Z']);
    expect(reasons(`${HOST}/`)).toEqual([`it is another spelling of ${HOST}`]);
  });

  test.each(['{}', '{"auth":""}', '{"auth":"!!"}', '{"auth":"QVdTOmFiYw=="}', 'null', '{"auth":1}'])(
    'an entry that cannot be read is not called expired: %s',
    (text) => {
      expect(findRemovals('stale', [{ key: OTHER, entry: text }], [HOST], NOW)).toEqual([]);
    },
  );
});

test.each([
  ['h', 'h'],
  ['https://h', 'h'],
  ['HTTP://h/v1/', 'h'],
  ['h:5000/a/b', 'h:5000'],
])('docker takes %s for %s', (key, host) => {
  expect(hostOf(key)).toBe(host);
});
