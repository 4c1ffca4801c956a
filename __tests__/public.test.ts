import { describe, expect, test } from 'vitest';
import { writeScript } from './support/programs';
import { IDENTITY, USER_CONFIG, setStage } from './support/stage';

/** A stage on which ECR Public is the stand-in too, and docker believes that public.ecr.aws took the login. */
async function setPublicStage(options: Parameters<typeof setStage>[0] = {}) {
  const stage = await setStage(options);
  const PATH = writeScript(stage.directory, 'docker', 'cat >/dev/null');
  const env = { AWS_ENDPOINT_URL_ECR_PUBLIC: stage.aws.url, PATH };
  return { ...stage, publicEnv: env };
}

function authsIn(config: string): Record<string, unknown> {
  return (JSON.parse(config) as { auths: Record<string, unknown> }).auths;
}

describe('ECR Public', () => {
  test.each([
    ['ecr-public:prod', '', 'public.ecr.aws'],
    ['ecr-public:prod', 'ecr-public.aws.com', 'ecr-public.aws.com'],
    ['ecr:prod', 'public.ecr.aws', 'public.ecr.aws'],
    ['ecr:prod', 'https://ecr-public.aws.com/alias/app', 'ecr-public.aws.com'],
  ])('%s for "%s" is asked in us-east-1, and signs in to %s', async (credential, registry, host) => {
    const stage = await setPublicStage();
    const env = { ...stage.publicEnv, AWS_REGION: 'eu-central-1' };
    const step = stage.step({ inputs: { credential, registry }, env });
    const { exitCode, errors, outputs, log } = await step.main();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(stage.aws.requests).toMatchObject([{ service: 'ecr-public', region: 'us-east-1' }]);
    const [token] = stage.aws.tokens;
    expect(outputs).toMatchObject({ registry: host, username: 'AWS', password: token?.password });
    expect(outputs[`docker_password_${host.replaceAll(/[.-]/g, '_')}`]).toBe(token?.password);
    expect(authsIn(stage.readConfig())).toHaveProperty([host]);
    expect(log).toContain(`ECR Public is asked at ${stage.aws.url}, as configured, in place of AWS`);
    expect(log.join('\n')).not.toContain('ECR is asked at');
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('is signed in to beside private registries, with a token each', async () => {
    const stage = await setPublicStage();
    const credential = `ecr:eu-west-1:prod ${stage.registry.host}\necr-public:prod`;
    const { exitCode, outputs } = await stage.step({ inputs: { credential }, env: stage.publicEnv }).main();
    expect(exitCode).toBe(0);
    expect(stage.aws.requests.map(({ service }) => service).sort()).toEqual(['ecr', 'ecr-public']);
    expect(outputs['registry']).toBe(stage.registry.host);
    expect(JSON.parse(outputs['registries'] ?? '')).toMatchObject([
      { registry: stage.registry.host, region: 'eu-west-1' },
      { registry: 'public.ecr.aws', region: 'us-east-1' },
    ]);
  });

  test('takes AWS_ENDPOINT_URL, and then registries elsewhere', async () => {
    const stage = await setStage();
    const env = { AWS_ENDPOINT_URL: stage.aws.url, AWS_ENDPOINT_URL_ECR: '' };
    const inputs = { credential: 'ecr-public:prod', registry: stage.registry.host };
    const { exitCode, errors } = await stage.step({ inputs, env }).main();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(stage.registry.requests.at(-1)?.headers['authorization']).toBeDefined();
  });

  test('goes nowhere else while its own endpoint is that of AWS', async () => {
    const stage = await setStage();
    const inputs = { credential: 'ecr-public:prod', registry: stage.registry.host };
    const { errors } = await stage.step({ inputs }).main();
    expect(errors).toEqual([expect.stringContaining('is no ECR host, and an ECR token goes to no other')]);
    expect(stage.registry.requests).toEqual([]);
  });

  test('needs two permissions, and says so', async () => {
    const stage = await setPublicStage({ identities: [{ ...IDENTITY, denied: true }] });
    const inputs = { credential: 'ecr-public:prod' };
    const { errors } = await stage.step({ inputs, env: stage.publicEnv }).main();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('ECR Public in us-east-1 gave no token to credential prod');
    expect(errors[0]).toContain('"ecr-public:GetAuthorizationToken","sts:GetServiceBearerToken"');
  });
});

describe('ECR Public is for principals of partition aws alone', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a region in China', { 'aws-region': 'cn-north-1' }, '(region cn-north-1) is of aws-cn'],
    [
      'a role in GovCloud',
      { 'role-to-assume': 'arn:aws-us-gov:iam::123456789012:role/ci' },
      '(role arn:aws-us-gov:iam::123456789012:role/ci) is of aws-us-gov',
    ],
  ])('%s', async (_name, inputs, message) => {
    const stage = await setPublicStage();
    const { errors } = await stage
      .step({ inputs: { credential: 'ecr-public:prod', ...inputs }, env: stage.publicEnv })
      .main();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('ECR Public is in partition aws alone, and credential prod');
    expect(errors[0]).toContain(message);
    expect(stage.aws.requests).toEqual([]);
  });

  test('a credential of the store may be one, whatever the region is of the others', async () => {
    const stage = await setPublicStage();
    const store = `world: {access-key-id: ${IDENTITY.accessKeyId}, secret-access-key: ${IDENTITY.secretAccessKey}}`;
    const inputs = { credential: 'ecr-public:world', 'credential-store': store, 'aws-region': 'cn-north-1' };
    const { exitCode } = await stage.step({ inputs, env: stage.publicEnv }).main();
    expect(exitCode).toBe(0);
  });
});
