import { type ExpectStatic, describe, test } from 'vitest';
import type { Result } from '../demo/runner.mjs';
import type { Fault, Recorded } from '../demo/server.mjs';
import { errorXml, jwt, startOidc, startSts } from './credentials/stand-in';
import { makeCertificate } from './support/programs';
import { IDENTITY, setStage } from './support/stage';

/** A fault, how many requests meet it (all where Infinity), and how the step is to end. */
interface Row {
  readonly name: string;
  readonly fault: Fault;
  readonly times: number;
  /** What the error says; absent where the step is to succeed. */
  readonly error?: RegExp;
  /** At most this many attempts, at least that many where it succeeds. */
  readonly attempts: number;
  readonly maxMs?: number;
  /** Less than this would not have waited as told. */
  readonly minMs?: number;
  readonly inputs?: Record<string, string>;
}

const HTML = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in to the network</html>' };
const THROTTLED = {
  status: 400,
  body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
};
const status = (code: number): Fault => ({ status: code, body: '' });
const ALWAYS = Infinity;
const HOUR_MS = 3_600_000;

const ECR: readonly Row[] = [
  { name: 'throttled once', fault: THROTTLED, times: 1, attempts: 2 },
  { name: 'throttled 4 times', fault: THROTTLED, times: 4, attempts: 5 },
  {
    name: 'throttled more often than max-attempts',
    fault: THROTTLED,
    times: 3,
    attempts: 4,
    inputs: { 'max-attempts': '1' },
  },
  {
    name: 'throttled until the deadline',
    fault: THROTTLED,
    times: ALWAYS,
    attempts: 50,
    error: /ThrottlingException: Rate exceeded; too many sign-ins at once/,
    inputs: { 'timeout-seconds': '4' },
    maxMs: 6_000,
  },
  { name: '429 twice', fault: status(429), times: 2, attempts: 3 },
  {
    name: '429 with Retry-After',
    fault: { ...status(429), headers: { 'retry-after': '2' } },
    times: 1,
    attempts: 2,
    minMs: 2_000,
  },
  {
    name: '429 with a Retry-After behind the deadline',
    fault: { ...status(429), headers: { 'retry-after': '900' } },
    times: ALWAYS,
    attempts: 1,
    error: /gave no token/,
    maxMs: 3_000,
  },
  ...[500, 502, 503, 504].map((code) => ({
    name: `${String(code)} four times`,
    fault: status(code),
    times: 4,
    attempts: 5,
  })),
  {
    name: '503 always',
    fault: status(503),
    times: ALWAYS,
    attempts: 5,
    error: /ECR in eu-west-1 gave no token/,
  },
  { name: 'reset before the headers', fault: { reset: 'before-headers' }, times: 2, attempts: 3 },
  { name: 'reset after the headers', fault: { reset: 'after-headers' }, times: 2, attempts: 3 },
  { name: 'hang', fault: { hang: true }, times: 1, attempts: 2, maxMs: 15_000 },
  {
    name: 'hang until the deadline',
    fault: { hang: true },
    times: ALWAYS,
    attempts: 1,
    inputs: { 'timeout-seconds': '3' },
    error: /Not signed in within 3 s \(timeout-seconds\)/,
    maxMs: 5_000,
  },
  { name: 'a body that stalls', fault: { stall: true }, times: 1, attempts: 2, maxMs: 15_000 },
  { name: 'truncated JSON', fault: { body: '{"authorizationData":[{"autho' }, times: 2, attempts: 3 },
  { name: 'HTML for JSON, once', fault: HTML, times: 1, attempts: 2 },
  { name: 'HTML for JSON, always', fault: HTML, times: ALWAYS, attempts: 5, error: /gave no token/ },
  { name: 'an empty list, once', fault: { body: '{"authorizationData":[]}' }, times: 1, attempts: 2 },
  {
    name: 'a null token, always',
    fault: { body: '{"authorizationData":[{"authorizationToken":null}]}' },
    times: ALWAYS,
    attempts: 5,
    error: /it holds no token/,
  },
  { name: 'a clock an hour ahead', fault: { skewMs: HOUR_MS }, times: ALWAYS, attempts: 2 },
  { name: 'a clock an hour behind', fault: { skewMs: -HOUR_MS }, times: ALWAYS, attempts: 2 },
  {
    name: 'denied',
    fault: { status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' },
    times: ALWAYS,
    attempts: 1,
    error: /AccessDeniedException: no; attach to this principal/,
    maxMs: 3_000,
  },
  {
    name: 'expired',
    fault: { status: 400, body: '{"__type":"ExpiredTokenException","message":"expired"}' },
    times: ALWAYS,
    attempts: 1,
    error: /ExpiredTokenException/,
  },
];

/** Docker asks without credentials first; a fault meets what comes with them: docker, and us where we ask what it was. */
const REGISTRY: readonly Row[] = [
  ...[500, 502, 404].map((code) => ({
    name: `${String(code)} twice`,
    fault: status(code),
    times: 2,
    attempts: 3,
  })),
  { name: '503 twice', fault: status(503), times: 2, attempts: 2 },
  { name: '429 four times', fault: status(429), times: 4, attempts: 3 },
  {
    name: '429 with Retry-After',
    fault: { ...status(429), headers: { 'retry-after': '2' } },
    times: 2,
    attempts: 2,
    minMs: 2_000,
  },
  {
    name: '503 always',
    fault: status(503),
    times: ALWAYS,
    attempts: 5,
    error: /docker login to .* failed: .*503.*that passes: run the job again/,
  },
  { name: 'reset before the headers', fault: { reset: 'before-headers' }, times: 3, attempts: 4 },
  // Docker looks at the status alone.
  { name: 'reset after the headers', fault: { reset: 'after-headers' }, times: 3, attempts: 1 },
  { name: 'hang', fault: { hang: true }, times: 1, attempts: 2, maxMs: 15_000 },
  { name: 'a body that stalls', fault: { stall: true }, times: 1, attempts: 1, maxMs: 15_000 },
  {
    name: 'hang until the deadline',
    fault: { hang: true },
    times: ALWAYS,
    attempts: 1,
    inputs: { 'timeout-seconds': '3' },
    error: /Not signed in within 3 s \(timeout-seconds\)/,
    maxMs: 5_000,
  },
  ...[400, 401, 403].map((code) => ({
    name: `${String(code)} always`,
    fault: status(code),
    times: ALWAYS,
    attempts: 1,
    error: new RegExp(`asked directly, the registry answers ${String(code)}`),
    maxMs: 3_000,
  })),
];

function faultFor({ fault, times }: Row) {
  return (_request: unknown, count: number): Fault | undefined => (count <= times ? fault : undefined);
}

/** The fault for requests that carry credentials, counted by themselves. */
function withCredentials(fault: ReturnType<typeof faultFor>) {
  let asked = 0;
  return (request: Recorded): Fault | undefined =>
    request.headers['authorization'] === undefined ? undefined : fault(request, (asked += 1));
}

describe.concurrent('ECR', () => {
  test.concurrent.for(ECR)('$name', { timeout: 60_000 }, async (row, context) => {
    const stage = await setStage({ fault: faultFor(row) }, context);
    // The variables of the SDK do not change the policy.
    const env = { AWS_MAX_ATTEMPTS: 'many', AWS_RETRY_MODE: 'adaptive' };
    const main = await stage.step({ env, inputs: row.inputs ?? {} }).main();
    check(row, main, stage.aws.requests.length, context.expect);
  });

  test.concurrent('a certificate of an unknown authority', async (context) => {
    const stage = await setStage({ tls: makeCertificate('localhost') }, context);
    const url = stage.aws.url.replace('127.0.0.1', 'localhost');
    const { errors, ms } = await stage.step({ env: { AWS_ENDPOINT_URL_ECR: url } }).main();
    context.expect(errors.join()).toMatch(/SELF_SIGNED_CERT|UNABLE_TO_VERIFY/);
    context.expect(ms).toBeLessThan(3_000);
    context.expect(stage.aws.requests).toEqual([]);
  });

  test.concurrent('a name that is nowhere', { timeout: 30_000 }, async (context) => {
    const stage = await setStage({}, context);
    const env = { AWS_ENDPOINT_URL_ECR: 'http://ecr.invalid' };
    const { errors, log } = await stage.step({ env, inputs: { 'max-attempts': '2' } }).main();
    context.expect(errors.join()).toMatch(/ENOTFOUND|EAI_AGAIN/);
    context.expect(log.filter((line) => line.includes('attempt 2 of 2 in '))).toHaveLength(1);
  });
});

describe.concurrent('the registry', () => {
  test.concurrent.for(REGISTRY)('$name', { timeout: 60_000 }, async (row, context) => {
    const fault = withCredentials(faultFor(row));
    const stage = await setStage({ registry: { fault } }, context);
    const main = await stage.step({ inputs: row.inputs ?? {} }).main();
    const attempts = main.log.filter((line) => / attempt \d+.* in \d/.test(line)).length + 1;
    check(row, main, attempts, context.expect);
    context.expect(stage.aws.requests).toHaveLength(1);
  });
});

const ROLE = 'arn:aws:iam::123456789012:role/deploy';

/** Faults that STS (in its own words) and the runner's OIDC service can have. */
const IDENTITY_ROWS: readonly Row[] = [
  { name: '500 four times', fault: status(500), times: 4, attempts: 5 },
  { name: '503 always', fault: status(503), times: ALWAYS, attempts: 5, error: /503|no keys/ },
  { name: '429 twice', fault: status(429), times: 2, attempts: 3 },
  { name: 'reset before the headers', fault: { reset: 'before-headers' }, times: 2, attempts: 3 },
  { name: 'reset after the headers', fault: { reset: 'after-headers' }, times: 2, attempts: 3 },
  { name: 'HTML', fault: HTML, times: 1, attempts: 2 },
  { name: 'hang', fault: { hang: true }, times: 1, attempts: 2, maxMs: 15_000 },
  { name: 'a body that stalls', fault: { stall: true }, times: 1, attempts: 2, maxMs: 15_000 },
  { name: '403 always', fault: status(403), times: ALWAYS, attempts: 1, error: /403|no keys/ },
];

/** What STS says where the identity provider did not answer it in time: AWS means it to be tried again. */
const PROVIDER_ROW: Row = {
  name: 'the identity provider did not answer, twice',
  fault: {
    status: 400,
    body: errorXml('IDPCommunicationError', 'Error communicating with the identity provider'),
  },
  times: 2,
  attempts: 3,
};

describe.concurrent.each([
  ['STS', [...IDENTITY_ROWS, PROVIDER_ROW]],
  ['OIDC', IDENTITY_ROWS],
] as const)('%s', (which, rows) => {
  test.concurrent.for(rows)('$name', { timeout: 60_000 }, async (row, context) => {
    const identities = [IDENTITY];
    const stage = await setStage({ identities }, context);
    const roles = [{ arn: ROLE, trusts: 'sts.amazonaws.com' }];
    const fault = faultFor(row);
    let asked = 0;
    const oidcFault = which === 'OIDC' ? () => fault(undefined, (asked += 1)) : undefined;
    const oidc = await startOidc(oidcFault, context);
    const stsFault = which === 'STS' ? (call: number) => fault(undefined, call) : undefined;
    const sts = await startSts(identities, roles, stsFault, context);
    const inputs = {
      'aws-access-key-id': '(not given)',
      'aws-secret-access-key': '(not given)',
      'role-to-assume': ROLE,
    };
    const env = { AWS_ENDPOINT_URL_STS: sts.url, ...oidc.env };
    const main = await stage.step({ env, inputs: { ...inputs, ...row.inputs } }).main();
    check(row, main, (which === 'STS' ? sts : oidc).requests.length, context.expect);
    context.expect(main.stderr).not.toContain(jwt('x').slice(0, 20));
  });
});

function check(
  { error, attempts, maxMs = 40_000, minMs = 0 }: Row,
  main: Result,
  made: number,
  expect: ExpectStatic,
): void {
  if (error === undefined) {
    expect(main).toMatchObject({ exitCode: 0, errors: [], stderr: '' });
    expect(made).toBe(attempts);
  } else {
    expect(main.exitCode).toBe(1);
    expect(main.errors).toHaveLength(1);
    expect(main.errors[0]).toMatch(error);
    expect(made).toBeLessThanOrEqual(attempts);
  }
  expect(main.log.join('\n')).not.toMatch(/^ +at /m);
  expect(main.ms).toBeLessThan(maxMs);
  expect(main.ms).toBeGreaterThan(minMs);
}
