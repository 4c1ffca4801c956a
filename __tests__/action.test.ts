import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IDENTITY, USER_CONFIG, setStage } from './support/stage';

/** The part of a Docker config that these tests look at. */
interface Config {
  readonly auths: Readonly<Record<string, { readonly auth?: string }>>;
}

describe('the main job', () => {
  test('signs in, gives the outputs, and puts back what was there', async () => {
    const stage = await setStage();
    const step = stage.step();
    const main = await step.main();
    expect(main).toMatchObject({ exitCode: 0, stderr: '', errors: [], warnings: [] });

    const [token] = stage.aws.tokens;
    const auth = Buffer.from(`AWS:${token?.password ?? ''}`).toString('base64');
    const during = stage.readConfig();
    expect((JSON.parse(during) as Config).auths[stage.registry.host]).toEqual({ auth });
    expect(during.replace(/,\s*"127\.0\.0\.1[^}]*}/, '')).toBe(USER_CONFIG);

    expect(stage.aws.requests).toMatchObject([
      {
        operation: 'GetAuthorizationToken',
        service: 'ecr',
        region: 'eu-west-1',
        accessKeyId: IDENTITY.accessKeyId,
      },
    ]);
    const expiresAt = new Date(Math.round(token?.expiresAt ?? 0)).toISOString();
    const name = stage.registry.host.replaceAll(/[.:]/g, '_');
    expect(main.outputs).toEqual({
      registry: stage.registry.host,
      username: 'AWS',
      password: token?.password,
      token: auth,
      registries: JSON.stringify([
        { registry: stage.registry.host, region: 'eu-west-1', credentialId: 'prod', expiresAt },
      ]),
      'expires-at': expiresAt,
      'docker-config-directory': dirname(stage.configFile),
      [`docker_username_${name}`]: 'AWS',
      [`docker_password_${name}`]: token?.password,
    });

    const post = await step.post();
    expect(post).toMatchObject({ exitCode: 0, stderr: '', errors: [], warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
    expect(readdirSync(dirname(stage.configFile))).toEqual(['config.json']);
    expect(readdirSync(stage.job.temp)).toEqual([]);
  });

  test('tells a person in a few lines what it did', async () => {
    const stage = await setStage();
    const { log } = await stage.step().main();
    expect(log.map((line) => line.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME'))).toEqual([
      `ECR is asked at ${stage.aws.url}, as configured, in place of AWS`,
      `Credential prod: access key ${IDENTITY.accessKeyId}, from the inputs`,
      `Credential prod: ECR in eu-west-1 gave a token, valid until TIME UTC`,
      `Signed in to ${stage.registry.host}`,
      `The login is in ${stage.configFile} until the end of the job`,
    ]);
  });

  test('tells at debug level what support would ask for', async () => {
    const stage = await setStage();
    const { log } = await stage.step({ debug: true }).main();
    const debug = log.filter((line) => line.startsWith('##[debug]')).join('\n');
    expect(debug).toMatch(
      /AWS call ecr GetAuthorizationToken in eu-west-1 at http:\/\/127.0.0.1:\d+, attempt 1: status 200, request id [0-9a-f-]{36}, \d+ ms/,
    );
    expect(debug).toContain(`Docker config: ${stage.configFile}`);
    expect(debug).toContain('docker login');
    expect(debug).toMatch(/Docker version \d+\.\d+/);
    expect(debug).toContain('Proxies: none');
  });

  test('makes a config where there is none, and takes it away again with its directory', async () => {
    const stage = await setStage({ config: undefined });
    const step = stage.step();
    expect(await step.main()).toMatchObject({ exitCode: 0 });
    expect(statSync(stage.configFile).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(stage.configFile)).mode & 0o777).toBe(0o700);
    await step.post();
    expect(existsSync(dirname(stage.configFile))).toBe(false);
  });

  test('leaves the login with logout: false', async () => {
    const stage = await setStage();
    const step = stage.step({ inputs: { logout: 'false' } });
    await step.main();
    const during = stage.readConfig();
    const post = await step.post();
    expect(post.exitCode).toBe(0);
    expect(stage.readConfig()).toBe(during);
  });

  test('honours DOCKER_CONFIG', async () => {
    const stage = await setStage();
    const other = `${stage.directory}/other/docker`;
    const step = stage.step({ env: { DOCKER_CONFIG: other } });
    const { outputs } = await step.main();
    expect(outputs['docker-config-directory']).toBe(other);
    expect(stage.readConfig()).toBe(USER_CONFIG);
    // The variable may have another value by then.
    await step.post({ env: { ...stage.env, DOCKER_CONFIG: '/elsewhere' } });
    expect(existsSync(`${stage.directory}/other`)).toBe(false);
  });

  test('leaves password and token, and nothing else, unmasked with mask-password: false', async () => {
    const stage = await setStage();
    const { masks, outputs, warnings } = await stage.step({ inputs: { 'mask-password': 'false' } }).main();
    expect(masks).not.toContain(outputs['password']);
    expect(masks).not.toContain(outputs['token']);
    expect(masks).toContain(IDENTITY.secretAccessKey);
    expect(warnings).toEqual([
      'mask-password is false: the outputs password and token show in every log that prints them',
    ]);
  });
});

describe('the credentials', () => {
  test('given explicitly come before a profile that the environment names', async () => {
    const stage = await setStage();
    const env = {
      AWS_PROFILE: 'someone-else',
      AWS_ACCESS_KEY_ID: 'AKIASOMEONEELSE',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    expect(await stage.step({ env }).main()).toMatchObject({ exitCode: 0 });
    expect(stage.aws.requests).toMatchObject([{ accessKeyId: IDENTITY.accessKeyId }]);
  });

  test.each([
    ['ecr:default', { AWS_REGION: 'eu-west-2' }, 'eu-west-2', []],
    ['ecr:default', { AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3', []],
    ['ecr:eu-north-1:default', { AWS_REGION: 'eu-west-2' }, 'eu-north-1', []],
    [
      'ecr:default',
      {},
      'us-east-1',
      ['No region is given, so us-east-1 is used: write ecr:REGION:ID, or set aws-region'],
    ],
  ])("%s with %j are the environment's", async (credential, regions, region, warnings) => {
    const stage = await setStage();
    const keys = { AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId, AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey };
    const result = await stage.job
      .step({ inputs: { credential }, env: { ...stage.env, ...keys, ...regions } })
      .main();
    expect(result).toMatchObject({ exitCode: 0, warnings });
    expect(stage.aws.requests).toMatchObject([{ accessKeyId: IDENTITY.accessKeyId, region }]);
  });

  test('may come with a session token', async () => {
    const temporary = {
      ...IDENTITY,
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionToken: 'FwoGZXIvYXdzEXAMPLE//////////token==',
    };
    const stage = await setStage({ identities: [temporary] });
    const inputs = {
      'aws-access-key-id': temporary.accessKeyId,
      'aws-session-token': temporary.sessionToken,
    };
    const { exitCode, masks } = await stage.step({ inputs }).main();
    expect(exitCode).toBe(0);
    expect(masks).toContain(temporary.sessionToken);
  });
});

describe('bad input ends in one line, before any request', () => {
  const EU = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  test.each<[string, Record<string, string>, string]>([
    [
      'nothing to sign in with',
      { 'aws-access-key-id': '(not given)', 'aws-secret-access-key': '(not given)' },
      'No credential is named "prod"',
    ],
    ['a malformed reference', { credential: 'us-east-1:prod' }, 'did you mean ecr:us-east-1:prod?'],
    ['half a key pair', { 'aws-secret-access-key': '(not given)' }, 'aws-secret-access-key is missing'],
    ['the other half', { 'aws-access-key-id': '(not given)' }, 'aws-access-key-id is missing'],
    [
      'an empty secret',
      { 'aws-secret-access-key': '' },
      'aws-secret-access-key is empty: the secret is not set, or this run may not read it (a pull request from a fork, or one by Dependabot',
    ],
    ['an empty key id', { 'aws-access-key-id': '' }, 'aws-access-key-id is empty'],
    ['an empty session token', { 'aws-session-token': '' }, 'aws-session-token is empty'],
    [
      'a line break behind the key',
      { 'aws-secret-access-key': `${IDENTITY.secretAccessKey}\n` },
      'has white space at its beginning or its end',
    ],
    ['a space in the key', { 'aws-secret-access-key': 'wJalrXUtnFEMI K7MDENG' }, 'has white space inside it'],
    [
      'id and secret swapped',
      { 'aws-access-key-id': IDENTITY.secretAccessKey, 'aws-secret-access-key': IDENTITY.accessKeyId },
      'swap the two',
    ],
    ['a temporary key alone', { 'aws-access-key-id': 'ASIAIOSFODNN7EXAMPLE' }, 'give aws-session-token too'],
    [
      'a region that is none',
      { 'aws-region': 'Ireland' },
      'The input aws-region is "Ireland", which is no AWS region',
    ],
    ['a region misspelt', { 'aws-region': 'eu_west_1' }, 'did you mean eu-west-1?'],
    [
      'a registry of another region',
      { registry: EU.replace('eu-west', 'us-east') },
      'lies in us-east-1, and ecr:eu-west-1:prod is for eu-west-1',
    ],
    ['an account id without its zeros', { registry: '12345678901' }, 'quote it in YAML'],
    ['logout that is neither', { logout: 'maybe' }, 'The input logout is "maybe": write true or false'],
  ])('%s', async (_name, inputs, message) => {
    const stage = await setStage();
    const step = stage.step({ inputs });
    const { exitCode, errors, stdout, stderr, outputs } = await step.main();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect({ exitCode, outputs, stderr }).toEqual({ exitCode: 1, outputs: {}, stderr: '' });
    expect(stdout.split('\n').filter((line) => line.includes('    at '))).toEqual([]);
    expect(stage.aws.requests).toEqual([]);
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test("a registry that is not ECR, where the endpoint is AWS's", async () => {
    const stage = await setStage();
    const env = { AWS_ENDPOINT_URL_ECR: '' };
    const { exitCode, errors } = await stage.step({ env, inputs: { registry: stage.registry.host } }).main();
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining('is no ECR host, and an ECR token goes to no other')]);
    expect(stage.registry.requests).toEqual([]);
  });

  test('an id that no credential has never falls back to the environment', async () => {
    const stage = await setStage();
    const env = {
      ...stage.env,
      AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey,
    };
    const { exitCode, errors } = await stage.job
      .step({ inputs: { credential: 'ecr:eu-west-1:prod' }, env })
      .main();
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain('No credential is named "prod"');
    expect(stage.aws.requests).toEqual([]);
  });

  test('an empty secret beside ecr:default never falls back to the environment', async () => {
    const stage = await setStage();
    const env = { AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId, AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey };
    const inputs = { credential: 'ecr:default', 'aws-access-key-id': '', 'aws-secret-access-key': '' };
    const { errors } = await stage.step({ inputs, env }).main();
    expect(errors[0]).toContain('is empty');
    expect(stage.aws.requests).toEqual([]);
  });
});

describe('what AWS or the registry refuses is told with what to do', () => {
  test.each<[string, Parameters<typeof setStage>[0], Record<string, string>, string]>([
    [
      'no permission',
      { identities: [{ ...IDENTITY, denied: true }] },
      {},
      'attach to this principal the statement {"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}',
    ],
    [
      'an unknown key',
      { identities: [] },
      {},
      'UnrecognizedClientException: The security token included in the request is invalid; AWS does not know this key',
    ],
    [
      'another secret',
      {},
      { 'aws-secret-access-key': 'another' },
      'the secret key is not the one of this key id',
    ],
    ['no data', { fault: () => ({ body: '{}' }) }, {}, 'but it holds no token'],
    ['an empty list', { fault: () => ({ body: '{"authorizationData":[]}' }) }, {}, 'but it holds no token'],
    [
      'a null token',
      { fault: () => ({ body: '{"authorizationData":[{"authorizationToken":null}]}' }) },
      {},
      'but it holds no token',
    ],
    [
      'a token that is not base64',
      { fault: () => ({ body: '{"authorizationData":[{"authorizationToken":"§§"}]}' }) },
      {},
      'but its token is not base64',
    ],
    [
      'a token without a colon',
      { fault: () => ({ body: '{"authorizationData":[{"authorizationToken":"QVdT"}]}' }) },
      {},
      'not of the form user:password',
    ],
    [
      'a registry that refuses',
      {
        registry: {
          fault: (request) => (request.headers['authorization'] === undefined ? undefined : { status: 403 }),
        },
      },
      {},
      'a registry or VPC endpoint policy forbids it',
    ],
  ])('%s', async (_name, options, inputs, message) => {
    const stage = await setStage(options);
    const step = stage.step({ inputs });
    const { exitCode, errors, outputs } = await step.main();
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect(errors[0]).not.toContain('\n');
    expect(outputs).toEqual({});
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('a colon in the password is part of it', async () => {
    const token = Buffer.from('AWS:a:b:c').toString('base64');
    const stage = await setStage({ registry: { fault: () => ({ status: 200 }) } });
    const body = JSON.stringify({
      authorizationData: [{ authorizationToken: token, proxyEndpoint: stage.registry.url }],
    });
    const other = await setStage({ fault: () => ({ body }) });
    const { outputs } = await other.step().main();
    expect(outputs).toMatchObject({ username: 'AWS', password: 'a:b:c', token });
  });

  test('docker that is missing', async () => {
    const stage = await setStage();
    const inputs = { client: 'docker' };
    const { errors } = await stage.step({ inputs, env: { PATH: stage.directory } }).main();
    expect(errors[0]).toContain('is docker installed on this runner, and on the PATH?');
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });
});

describe('the post step', () => {
  test('warns, and never fails', async () => {
    const stage = await setStage();
    const step = stage.step();
    await step.main();
    const { writeFileSync } = await import('node:fs');
    writeFileSync(stage.configFile, '{"auths": ');
    const { exitCode, warnings } = await step.post();
    expect(exitCode).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('it is no valid JSON at line 1, column 11')]);
    expect(stage.readConfig()).toBe('{"auths": ');
  });

  test('has nothing to do where main never ran', async () => {
    const stage = await setStage();
    expect(await stage.step().post()).toMatchObject({ exitCode: 0, log: [] });
  });
});

test('a config that docker would destroy is refused before anything else', async () => {
  const stage = await setStage({ config: '{"auths": {"ghcr.io": {"auth": "c2VjcmV0' });
  const { errors, exitCode } = await stage.step().main();
  expect(exitCode).toBe(1);
  expect(errors[0]).toContain(
    `The Docker config ${stage.configFile} cannot be used: it is no valid JSON at line 1, column 32`,
  );
  expect(errors[0]).not.toContain('c2VjcmV0');
  expect(stage.aws.requests).toEqual([]);
});
