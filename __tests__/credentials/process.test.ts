import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Identity } from '../../demo/aws.mjs';
import { startRegistry } from '../../demo/registry.mjs';
import type { Invocation, Result } from '../../demo/runner.mjs';
import { type Recorded, startServer } from '../../demo/server.mjs';
import { setStage } from '../support/stage';
import { type StandInRole, errorXml, jwt, startOidc, startSts } from './stand-in';

const PROD = identity('AKIAPRODPRODPRODPROD', '111111111111');
const BASE = identity('AKIABASEBASEBASEBASE', '222222222222');
const OTHER = identity('AKIAOTHEROTHEROTHER1', '999999999999');
const AUDIENCE = 'sts.amazonaws.com';
const REGIONS = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'us-east-1', 'us-east-2'];

function identity(accessKeyId: string, accountId: string): Identity {
  return { accessKeyId, secretAccessKey: `${accessKeyId.toLowerCase()}/secret/${accountId}==`, accountId };
}

function arn(name: string, accountId = '333333333333'): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

function store(map: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(map, undefined, 2);
}

function keysOf({ accessKeyId, secretAccessKey }: Identity): Record<string, string> {
  return { 'access-key-id': accessKeyId, 'secret-access-key': secretAccessKey };
}

/** Environment variables with the keys of an identity. */
function envOf({ accessKeyId, secretAccessKey }: Identity): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

interface SceneOptions {
  readonly roles?: readonly StandInRole[];
  readonly oidc?: boolean;
  readonly stsFault?: Parameters<typeof startSts>[2];
}

/** A stage with an STS and, where asked for, the runner's OIDC service. */
async function setScene({ roles = [], oidc = false, stsFault }: SceneOptions = {}) {
  const identities = [PROD, BASE, OTHER];
  // Each region has a registry of its own, as at AWS.
  const registries = new Map<string, string>();
  const stage = await setStage({ identities, registryUrl: (region) => registries.get(region) ?? '' });
  for (const region of REGIONS) {
    const registry = await startRegistry({ tokens: stage.aws.tokens });
    registries.set(region, registry.url);
    onTestFinished(() => registry.close());
  }
  const sts = await startSts(identities, roles, stsFault);
  const runner = oidc ? await startOidc() : undefined;
  const env = { ...stage.env, AWS_ENDPOINT_URL_STS: sts.url, ...runner?.env };
  const run = ({ inputs, env: more, ...rest }: Invocation): Promise<Result> =>
    stage.job.step({ ...rest, inputs: inputs ?? {}, env: { ...env, ...more } }).main();
  /** Writes ~/.aws/config or ~/.aws/credentials. */
  const writeAws = (name: 'config' | 'credentials', text: string): void => {
    mkdirSync(join(stage.home, '.aws'), { recursive: true });
    writeFileSync(join(stage.home, '.aws', name), text);
  };
  const signers = (): (string | undefined)[] => stage.aws.requests.map(({ accessKeyId }) => accessKeyId);
  return { stage, sts, runner, run, writeAws, signers };
}

function expectSignedIn(result: Result): void {
  expect(result.errors).toEqual([]);
  expect(result.exitCode).toBe(0);
}

/** No secret stands in any line but the one that masks it. */
function expectNoLeak({ stdout, stderr }: Result, secrets: readonly string[]): void {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  for (const secret of secrets) expect(lines.join('\n')).not.toContain(secret);
}

describe('a store', () => {
  test('two ids in one step: each token is asked for with its own key', async () => {
    const { run, signers, stage } = await setScene();
    const map = store({ prod: keysOf(PROD), base: keysOf(BASE) });
    const result = await run({
      debug: true,
      inputs: { credential: 'ecr:eu-west-1:prod\necr:us-east-1:base', 'credential-store': map },
    });
    expectSignedIn(result);
    expect(stage.aws.requests).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ region: 'eu-west-1', accessKeyId: PROD.accessKeyId }),
        expect.objectContaining({ region: 'us-east-1', accessKeyId: BASE.accessKeyId }),
      ]) as unknown[],
    );
    expect(signers()).toHaveLength(2);
    expect(result.masks).toEqual(expect.arrayContaining([PROD.secretAccessKey, BASE.secretAccessKey]));
    expect(result.log).toContain(`Credential prod: access key ${PROD.accessKeyId}, from credential-store`);
    expectNoLeak(result, [PROD.secretAccessKey, BASE.secretAccessKey]);
  });

  test('a chain of three roles from OIDC, each link with its own key, session policies on the last', async () => {
    const roles = [
      { arn: arn('a'), trusts: AUDIENCE },
      { arn: arn('b', '444444444444'), trusts: arn('a') },
      { arn: arn('c', '555555555555'), trusts: arn('b', '444444444444'), externalId: 'ex' },
    ];
    const { run, sts, runner, stage } = await setScene({ roles, oidc: true });
    const policies = {
      'inline-session-policy': '{"Version":"2012-10-17"}',
      'managed-session-policies': 'arn:x arn:y',
    };
    const map = store({
      c: { 'role-to-assume': arn('c', '555555555555'), source: 'b', 'role-external-id': 'ex', ...policies },
      b: { 'role-to-assume': arn('b', '444444444444'), source: 'a', ...policies },
      a: { 'role-to-assume': arn('a'), 'role-session-name': 'first', 'role-duration-seconds': '7200' },
    });
    const result = await run({
      debug: true,
      inputs: { credential: 'ecr:eu-west-1:c\necr:us-east-2:c', 'credential-store': map },
    });
    expectSignedIn(result);
    expect(sts.calls.map(({ action, params, region }) => [action, params['RoleArn'], region])).toEqual([
      ['AssumeRoleWithWebIdentity', arn('a'), undefined],
      ['AssumeRole', arn('b', '444444444444'), 'eu-west-1'],
      ['AssumeRole', arn('c', '555555555555'), 'eu-west-1'],
    ]);
    const [a, b, c] = sts.calls.map(({ params }) => params);
    expect(a).toMatchObject({
      RoleSessionName: 'first',
      DurationSeconds: '7200',
      WebIdentityToken: runner?.tokens[0],
    });
    expect(b).toMatchObject({ RoleSessionName: 'GitHubActions' });
    expect(Object.keys({ ...a, ...b }).filter((name) => name.startsWith('Policy'))).toEqual([]);
    expect(c).toMatchObject({
      ExternalId: 'ex',
      Policy: '{"Version":"2012-10-17"}',
      'PolicyArns.member.1.arn': 'arn:x',
      'PolicyArns.member.2.arn': 'arn:y',
    });
    expect(stage.aws.requests).toHaveLength(2);
    expect(new Set(stage.aws.requests.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(result.log).toContain(
      `Credential c: role ${arn('c', '555555555555')} by credential b (role ${arn('b', '444444444444')} by credential a (role ${arn('a')} by OIDC)), from credential-store`,
    );
    const secrets = [...sts.secrets, ...(runner?.tokens ?? []), runner?.requestToken ?? ''];
    expect(result.masks).toEqual(expect.arrayContaining(secrets));
    expectNoLeak(result, secrets);
  });

  test('a role by a token, by a token file, by keys beside it', async () => {
    const roles = [
      { arn: arn('oidc'), trusts: 'elsewhere' },
      { arn: arn('keys'), trusts: PROD.accessKeyId },
    ];
    const { run, sts, stage } = await setScene({ roles, oidc: true });
    const [token, second] = [jwt('elsewhere'), jwt('elsewhere')];
    const file = join(stage.directory, 'token');
    writeFileSync(file, `${second}\n`);
    const map = store({
      a: { 'role-to-assume': arn('oidc'), 'web-identity-token': token },
      b: { 'role-to-assume': arn('oidc'), 'web-identity-token-file': file },
      c: { 'role-to-assume': arn('keys'), ...keysOf(PROD) },
    });
    const credential = 'ecr:eu-west-1:a, ecr:eu-west-2:b, ecr:eu-west-3:c';
    const result = await run({ debug: true, inputs: { credential, 'credential-store': map } });
    expectSignedIn(result);
    expect(sts.calls.map(({ signer }) => signer)).toEqual(
      expect.arrayContaining([undefined, undefined, PROD.accessKeyId]),
    );
    expect(result.masks).toEqual(
      expect.arrayContaining([token, second, PROD.secretAccessKey, ...sts.secrets]),
    );
    expectNoLeak(result, [token, second, PROD.secretAccessKey, ...sts.secrets]);
  });

  test('ids are own keys: constructor', async () => {
    const { run, signers } = await setScene();
    const inputs = { credential: 'ecr:eu-west-1:constructor', 'credential-store': '{}' };
    const missing = await run({ inputs });
    expect(missing.errors[0]).toContain('No credential is named "constructor"');
    const found = await run({
      inputs: { ...inputs, 'credential-store': store({ constructor: keysOf(PROD) }) },
    });
    expectSignedIn(found);
    expect(signers()).toEqual([PROD.accessKeyId]);
  });

  test('malformed, it is told by line and column, and everything in it is masked', async () => {
    const { run, stage } = await setScene();
    const text = `prod:\n  access-key-id: ${PROD.accessKeyId}\n  secret-access-key: "${PROD.secretAccessKey}\n`;
    const result = await run({
      debug: true,
      inputs: { credential: 'ecr:eu-west-1:prod', 'credential-store': text },
    });
    expect(result.errors).toEqual([
      expect.stringMatching(/^The credential-store cannot be read at line \d+, column \d+: missing char; /),
    ]);
    expect(result.masks).toContain(PROD.secretAccessKey);
    expectNoLeak(result, [PROD.secretAccessKey]);
    expect(stage.aws.requests).toEqual([]);
  });
});

describe('the inputs', () => {
  test('a role by OIDC, with an audience', async () => {
    const roles = [{ arn: arn('ci'), trusts: 'mine' }];
    const { run, sts, signers } = await setScene({ roles, oidc: true });
    const result = await run({
      env: envOf(OTHER),
      inputs: { credential: 'ecr:eu-west-1:prod', 'role-to-assume': arn('ci'), audience: 'mine' },
    });
    expectSignedIn(result);
    expect(sts.calls).toHaveLength(1);
    expect(signers()).not.toContain(OTHER.accessKeyId);
    expect(result.log).toContain(`Credential prod: role ${arn('ci')} by OIDC, from the inputs`);
  });

  test("a role by the machine's own credentials, with a notice, where the runner offers no token", async () => {
    const { run, sts } = await setScene({ roles: [{ arn: arn('ci'), trusts: BASE.accessKeyId }] });
    const result = await run({
      env: envOf(BASE),
      inputs: { credential: 'ecr:eu-west-1:prod', 'role-to-assume': arn('ci') },
    });
    expectSignedIn(result);
    expect(sts.calls).toMatchObject([{ action: 'AssumeRole', signer: BASE.accessKeyId }]);
    expect(result.stdout).toMatch(/^::notice::Credential prod: the runner offers no OIDC token/m);
  });

  test('keys beside a role come before OIDC', async () => {
    const { run, sts, runner } = await setScene({
      roles: [{ arn: arn('ci'), trusts: BASE.accessKeyId }],
      oidc: true,
    });
    const result = await run({
      inputs: {
        credential: 'ecr:eu-west-1:prod',
        'role-to-assume': arn('ci'),
        'aws-access-key-id': BASE.accessKeyId,
        'aws-secret-access-key': BASE.secretAccessKey,
      },
    });
    expectSignedIn(result);
    expect(sts.calls).toMatchObject([{ action: 'AssumeRole', signer: BASE.accessKeyId }]);
    expect(runner?.tokens).toEqual([]);
  });

  test('beside a store they serve default alone', async () => {
    const { run, signers } = await setScene();
    const inputs = {
      'credential-store': store({ prod: keysOf(PROD) }),
      'aws-access-key-id': BASE.accessKeyId,
      'aws-secret-access-key': BASE.secretAccessKey,
    };
    expectSignedIn(
      await run({ inputs: { ...inputs, credential: 'ecr:eu-west-1:prod, ecr:us-east-1:default' } }),
    );
    expect(signers().sort()).toEqual([BASE.accessKeyId, PROD.accessKeyId].sort());
    const misspelt = await run({
      inputs: { ...inputs, credential: 'ecr:eu-west-1:prdo' },
      env: envOf(OTHER),
    });
    expect(misspelt.errors).toEqual([
      'No credential is named "prdo": known are prod in credential-store; none among the AWS profiles; default, which beside a store is the identity that the inputs give; is it misspelt?',
    ]);
    expect(signers()).toHaveLength(2);
  });
});

describe('nothing is asked of anyone', () => {
  test.each<[string, Record<string, string>, string]>([
    ['an id that is nowhere', { credential: 'ecr:eu-west-1:prod' }, 'No credential is named "prod"'],
    [
      'a region for an id',
      { credential: 'ecr:eu-west-1' },
      '(eu-west-1 is a region: the form is ecr:eu-west-1:ID)',
    ],
    ['an empty store', { 'credential-store': '' }, 'credential-store is empty'],
    ['an empty role', { 'role-to-assume': '' }, 'role-to-assume is empty'],
    ['an empty list of accounts', { 'allowed-account-ids': ' ' }, 'allowed-account-ids is empty'],
    [
      'a role of an account that is not allowed',
      { credential: 'ecr:eu-west-1:a', 'role-to-assume': arn('ci'), 'allowed-account-ids': '111111111111' },
      'Credential a is of account 333333333333, and allowed-account-ids has 111111111111 alone',
    ],
    [
      'a role of another partition',
      { credential: 'ecr:cn-north-1:a', 'role-to-assume': arn('ci') },
      'is in partition aws, and cn-north-1 in partition aws-cn',
    ],
    [
      'a loop',
      {
        credential: 'ecr:eu-west-1:a',
        'credential-store': store({
          a: { 'role-to-assume': arn('a'), source: 'b' },
          b: { 'role-to-assume': arn('b'), source: 'c' },
          c: { 'role-to-assume': arn('c'), source: 'b' },
        }),
      },
      'are assumed in a loop, b → c → b',
    ],
  ])('%s', async (_name, inputs, message) => {
    const { run, sts, stage, runner } = await setScene({ oidc: true });
    const result = await run({
      inputs: { credential: 'ecr:eu-west-1:default', ...inputs },
      env: envOf(OTHER),
    });
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toContain(message);
    expect([sts.requests, stage.aws.requests, runner?.requests]).toEqual([[], [], []]);
  });
});

describe('allowed-account-ids', () => {
  test.each([
    [PROD.accountId, 0],
    ['123456789012', 1],
  ])('%s', async (accounts, exitCode) => {
    const stage = await setStage({
      identities: [PROD],
      registryUrl: (region, account) => `https://${account}.dkr.ecr.${region}.amazonaws.com`,
    });
    const inputs = {
      'aws-access-key-id': PROD.accessKeyId,
      'aws-secret-access-key': PROD.secretAccessKey,
      'allowed-account-ids': accounts,
      registry: stage.registry.host,
    };
    const result = await stage.step({ inputs }).main();
    expect(result.exitCode).toBe(exitCode);
    if (exitCode === 1)
      expect(result.errors[0]).toContain(
        'Credential prod is of account 111111111111, and allowed-account-ids',
      );
  });
});

describe('profiles and the machine', () => {
  test('a profile of the name: static, by role and source_profile, by credential_process', async () => {
    const { run, sts, signers, writeAws, stage } = await setScene({
      roles: [{ arn: arn('ops'), trusts: BASE.accessKeyId }],
      oidc: true,
    });
    const seen = join(stage.directory, 'seen');
    const script = join(stage.directory, 'process.cjs');
    const answer = { Version: 1, AccessKeyId: OTHER.accessKeyId, SecretAccessKey: OTHER.secretAccessKey };
    writeFileSync(
      script,
      `require('fs').writeFileSync(${JSON.stringify(seen)}, Object.keys(process.env).join('\\n')); console.log(${JSON.stringify(JSON.stringify(answer))})`,
    );
    writeAws(
      'credentials',
      `[base]\naws_access_key_id=${BASE.accessKeyId}\naws_secret_access_key=${BASE.secretAccessKey}\n`,
    );
    writeAws(
      'config',
      `[profile ops]\nrole_arn=${arn('ops')}\nsource_profile=base\nregion=eu-north-1\n[profile proc]\ncredential_process="${process.execPath}" "${script}"\n`,
    );
    const result = await run({
      debug: true,
      inputs: { credential: 'ecr:ops\necr:eu-west-2:base\necr:eu-west-3:proc' },
    });
    expectSignedIn(result);
    expect(sts.calls).toMatchObject([
      { action: 'AssumeRole', signer: BASE.accessKeyId, region: 'eu-north-1' },
    ]);
    expect(stage.aws.requests.map(({ region }) => region).sort()).toEqual([
      'eu-north-1',
      'eu-west-2',
      'eu-west-3',
    ]);
    expect(signers()).toEqual(expect.arrayContaining([BASE.accessKeyId, OTHER.accessKeyId]));
    expect(result.log).toContain('Credential ops: AWS profile ops');
    const variables = readFileSync(seen, 'utf8').split('\n');
    expect(variables).toContain('PATH');
    expect(variables.filter((name) => /^(INPUT|STATE|ACTIONS)_/.test(name))).toEqual([]);
    const secrets = [BASE.secretAccessKey, OTHER.secretAccessKey, ...sts.secrets];
    expect(result.masks).toEqual(expect.arrayContaining(secrets));
    expectNoLeak(result, secrets);
  });

  test('a [default] profile with a region alone does not come before the environment', async () => {
    const { run, stage, writeAws } = await setScene();
    writeAws('config', '[default]\nregion = eu-west-3\n');
    expectSignedIn(await run({ inputs: { credential: 'ecr:default' }, env: envOf(PROD) }));
    expect(stage.aws.requests).toMatchObject([{ region: 'eu-west-3', accessKeyId: PROD.accessKeyId }]);
  });

  test('AWS_PROFILE that names no profile is said to', async () => {
    const { run } = await setScene();
    const result = await run({
      inputs: { credential: 'ecr:eu-west-1:default' },
      env: { AWS_PROFILE: 'ghost', ...envOf(PROD) },
    });
    expect(result.errors).toEqual([
      expect.stringContaining('AWS_PROFILE names the profile ghost, which is in no shared AWS config file'),
    ]);
    expect(result.stderr).toBe('');
  });

  test('a role without anything to assume it with says which permission is missing', async () => {
    const { run } = await setScene();
    const result = await run({ inputs: { credential: 'ecr:eu-west-1:a', 'role-to-assume': arn('ci') } });
    expect(result.errors).toEqual([expect.stringContaining('give the job the permission id-token: write')]);
  });

  test('a web identity file of the environment', async () => {
    const { run, sts, stage } = await setScene({ roles: [{ arn: arn('irsa'), trusts: AUDIENCE }] });
    const file = join(stage.directory, 'token');
    const token = jwt(AUDIENCE);
    writeFileSync(file, token);
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: arn('irsa') };
    const result = await run({ debug: true, inputs: { credential: 'ecr:eu-west-1:default' }, env });
    expectSignedIn(result);
    expect(sts.calls).toMatchObject([{ action: 'AssumeRoleWithWebIdentity', signer: undefined }]);
    expectNoLeak(result, [token, ...sts.secrets]);
  });

  const ANSWER = {
    AccessKeyId: PROD.accessKeyId,
    SecretAccessKey: PROD.secretAccessKey,
    Expiration: '2099-01-01T00:00:00Z',
  };

  test('EKS Pod Identity', async () => {
    const token = 'pod-identity-token-of-the-test';
    const identities = [{ ...PROD, sessionToken: 'pod/session/token==' }];
    const stage = await setStage({ identities });
    const agent = await serve(({ headers }) =>
      headers['authorization'] === token ? JSON.stringify({ ...ANSWER, Token: 'pod/session/token==' }) : '',
    );
    const file = join(stage.directory, 'token');
    writeFileSync(file, token);
    const env = {
      ...stage.env,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
    };
    const result = await stage.job
      .step({ debug: true, inputs: { credential: 'ecr:eu-west-1:default' }, env })
      .main();
    expectSignedIn(result);
    expect(stage.aws.requests).toMatchObject([{ accessKeyId: PROD.accessKeyId }]);
    expect(result.masks).toEqual(expect.arrayContaining([PROD.secretAccessKey, 'pod/session/token==']));
    expectNoLeak(result, [PROD.secretAccessKey, 'pod/session/token==', token]);
  });

  test('a container agent whose answer is cut is not quoted', async () => {
    const stage = await setStage({ identities: [PROD] });
    const agent = await serve(() => JSON.stringify({ SecretAccessKey: PROD.secretAccessKey }).slice(0, -2));
    const env = { ...stage.env, AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url };
    const inputs = { credential: 'ecr:eu-west-1:default' };
    const result = await stage.job.step({ debug: true, inputs, env }).main();
    expect(result.errors).toEqual([expect.stringContaining('its answer is no JSON; give aws-access-key-id')]);
    for (const text of ['SecretAcc', PROD.secretAccessKey.slice(-8)]) expectNoLeak(result, [text]);
  });

  test('the instance metadata service', async () => {
    const identities = [{ ...PROD, sessionToken: 'imds/session/token==' }];
    const stage = await setStage({ identities });
    const metadata = await serve(({ url, method }) => {
      if (method === 'PUT') return 'imds-token';
      const answer = { ...ANSWER, Token: 'imds/session/token==', Code: 'Success' };
      return url.endsWith('/security-credentials/') ? 'runner-role' : JSON.stringify(answer);
    });
    const env = {
      ...stage.env,
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    };
    const result = await stage.job
      .step({ debug: true, inputs: { credential: 'ecr:eu-west-1:default' }, env })
      .main();
    expectSignedIn(result);
    expect(metadata.requests.length).toBeGreaterThan(1);
    expect(stage.aws.requests).toMatchObject([{ accessKeyId: PROD.accessKeyId }]);
    expectNoLeak(result, [PROD.secretAccessKey, 'imds/session/token==']);
  });
});

async function serve(answer: (request: Recorded) => string) {
  const server = await startServer({}, (request) => ({ status: 200, body: answer(request) }));
  onTestFinished(() => server.close());
  return server;
}

test('static keys load none of this', async () => {
  const { run, stage } = await setScene({ oidc: true });
  const hook = join(stage.directory, 'hook.cjs');
  writeFileSync(
    hook,
    "process.on('exit', () => require('node:fs').writeSync(2, Object.keys(require.cache).join('\\n')));",
  );
  const inputs = {
    credential: 'ecr:eu-west-1:prod',
    'aws-access-key-id': PROD.accessKeyId,
    'aws-secret-access-key': PROD.secretAccessKey,
  };
  const { exitCode, stderr } = await run({ inputs, nodeOptions: ['--require', hook] });
  expect(exitCode).toBe(0);
  // The chunks are the SDK, what asks with it, and what signs docker in and starts it.
  const loaded = stderr.split('\n').map((file) => basename(file));
  const chunk: unknown = expect.stringMatching(/^\d+\.index\.js$/);
  expect(loaded).toEqual(['hook.cjs', 'index.js', chunk, chunk, chunk, chunk]);
});

describe('what STS refuses is told with what to do', () => {
  test.each<[string, string, string]>([
    ['PackedPolicyTooLarge', 'Packed size too large', 'are too long together: shorten them'],
    [
      'InvalidIdentityToken',
      'No OpenIDConnect provider found',
      'needs an IAM identity provider for the issuer',
    ],
    ['ExpiredTokenException', 'Token expired', 'the web identity token has expired'],
    [
      'ValidationError',
      "1 validation error detected: Value 'eyJ.secret.part' at 'webIdentityToken' failed",
      'the value at',
    ],
  ])('%s', async (code, message, hint) => {
    const { run, stage, runner } = await setScene({
      oidc: true,
      stsFault: () => ({ status: 400, body: errorXml(code, message) }),
    });
    const result = await run({
      debug: true,
      inputs: { credential: 'ecr:eu-west-1:a', 'role-to-assume': arn('ci') },
    });
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toContain(`STS in eu-west-1 gave credential a no keys of the role ${arn('ci')}`);
    expect(result.errors[0]).toContain(hint);
    expect(result.stdout).not.toContain('eyJ.secret.part');
    expect(stage.aws.requests).toEqual([]);
    expectNoLeak(result, runner?.tokens ?? []);
  });

  test('a trust policy that does not fit shows audience and subject', async () => {
    const { run } = await setScene({ oidc: true });
    const result = await run({ inputs: { credential: 'ecr:eu-west-1:a', 'role-to-assume': arn('ci') } });
    expect(result.errors[0]).toContain(
      '(issuer https://token.actions.githubusercontent.com, audience sts.amazonaws.com, subject repo:octo@1/app@2:ref:refs/heads/main)',
    );
    expect(result.errors[0]).toContain(
      'repositories created or renamed since July 2026 have an immutable subject',
    );
  });
});
