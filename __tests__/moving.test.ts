import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAction } from '../demo/runner.mjs';
import { planLogins } from '../src/plan';
import { parseReferenceLines } from '../src/reference';
import { parseRegistry } from '../src/registry';
import { IDENTITY, USER_CONFIG, setStage } from './support/stage';
import { writeScript } from './support/programs';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** The steps in each YAML example of a document, as a list of steps or as a job. */
function examplesIn(markdown: string): Step[] {
  return [...markdown.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, text = '']) => {
    const parsed = parse(text) as Step[] | { readonly steps: Step[] };
    return Array.isArray(parsed) ? parsed : parsed.steps;
  });
}

const steps = examplesIn(readFileSync('docs/moving.md', 'utf8')).filter(({ uses }) =>
  (uses ?? '').startsWith('org/ecr-login@'),
);

test('the examples of how to move are steps of this action', () => {
  expect(steps.length).toBeGreaterThanOrEqual(7);
});

test.each(steps)('$with', ({ with: inputs = {} }) => {
  const known = Object.keys(readAction().inputs);
  expect(Object.keys(inputs).filter((name) => !known.includes(name))).toEqual([]);
  // A runner would hand a bare account id over without its zeros.
  const values = Object.entries(inputs).map(([name, value]) => [name, String(value)] as const);
  expect(values.map(([, value]) => value)).toEqual(Object.values(inputs));
  // What they name can be signed in to.
  const { credential = 'ecr:default', registry = '', registries = '' } = Object.fromEntries(values);
  const hosts = `${registry}\n${registries}`.split(/[\s,]+/).filter((host) => host !== '');
  const options = {
    defaultRegion: () => 'us-east-1',
    fips: false,
    dualStack: false,
    overridden: { private: false, public: false },
  };
  const plan = planLogins(
    parseReferenceLines(credential),
    hosts.map((host) => parseRegistry(host)),
    options,
  );
  expect(plan).toHaveLength(Math.max(hosts.length, 1));
});

const FIRST = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const SECOND = '998877665544.dkr.ecr.us-east-1.amazonaws.com';
const TEMPORARY = {
  ...IDENTITY,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionToken: 'FwoGZXIvYXdzEXAMPLE//////////token==',
};

/** A job in which aws-actions/configure-aws-credentials has run; docker believes that AWS's registries took the login. */
async function setMovedStage(region = 'us-east-1', identities: (typeof TEMPORARY)[] = [TEMPORARY]) {
  const stage = await setStage({
    identities,
    registryUrl: (one, accountId) => `https://${accountId}.dkr.ecr.${one}.amazonaws.com`,
  });
  const env = {
    ...stage.env,
    AWS_ENDPOINT_URL_ECR_PUBLIC: stage.aws.url,
    PATH: writeScript(stage.directory, 'docker', 'cat >/dev/null'),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: TEMPORARY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEMPORARY.secretAccessKey,
    AWS_SESSION_TOKEN: TEMPORARY.sessionToken,
  };
  return { ...stage, step: (inputs: Record<string, string>) => stage.job.step({ inputs, env }) };
}

function hostsIn(config: string): string[] {
  return Object.keys((JSON.parse(config) as { auths: object }).auths).filter((host) => host !== 'ghcr.io');
}

describe('each example of aws-actions/amazon-ecr-login works with its uses: line changed', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['a private registry, for an image or a chart', { 'mask-password': 'true' }, [FIRST]],
    ['nothing given', {}, [FIRST]],
    [
      'ECR Public, for an image or a chart',
      { 'mask-password': 'true', 'registry-type': 'public' },
      ['public.ecr.aws'],
    ],
    ['several accounts', { registries: '123456789012,998877665544' }, [FIRST, SECOND]],
    ['for a service of another job', { 'mask-password': 'false' }, [FIRST]],
  ])('%s', async (_name, inputs, hosts) => {
    const stage = await setMovedStage();
    const step = stage.step(inputs);
    const { exitCode, errors, outputs, masks } = await step.main();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(stage.aws.requests).toHaveLength(1);
    const password = stage.aws.tokens[0]?.password;
    expect(outputs['registry']).toBe(hosts[0]);
    for (const host of hosts) {
      const name = host.replaceAll(/[.-]/g, '_');
      expect(outputs).toMatchObject({
        [`docker_username_${name}`]: 'AWS',
        [`docker_password_${name}`]: password,
      });
    }
    expect(masks.includes(password ?? '')).toBe(inputs['mask-password'] !== 'false');
    expect(hostsIn(stage.readConfig())).toEqual(hosts);
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(stage.readConfig()).toBe(USER_CONFIG);
  });

  test('ECR Public works in every region', async () => {
    const stage = await setMovedStage('eu-central-1');
    expect(await stage.step({ 'registry-type': 'public' }).main()).toMatchObject({ exitCode: 0 });
    expect(stage.aws.requests).toMatchObject([{ service: 'ecr-public', region: 'us-east-1' }]);
  });
});

describe('its inputs', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    ['True', true],
    ['false', false],
    ['no', false],
    ['', false],
  ])('skip-logout: "%s" skips: %s', async (value, skips) => {
    const stage = await setMovedStage();
    const step = stage.step({ 'skip-logout': value, logout: 'true' });
    expect(await step.main()).toMatchObject({ exitCode: 0 });
    await step.post();
    expect(hostsIn(stage.readConfig())).toEqual(skips ? [FIRST] : []);
  });

  test.each(['False', 'FALSE', 'false'])('mask-password: "%s" does not mask', async (value) => {
    const stage = await setMovedStage();
    const { masks, outputs } = await stage.step({ 'mask-password': value }).main();
    expect(masks).not.toContain(outputs['password']);
  });

  test('registries come behind those of registry', async () => {
    const stage = await setMovedStage();
    const { outputs } = await stage
      .step({ registries: '998877665544, 123456789012', registry: '111111111111' })
      .main();
    const hosts = (JSON.parse(outputs['registries'] ?? '') as { registry: string }[]).map(
      (one) => one.registry,
    );
    expect(hosts).toEqual([FIRST.replace('123456789012', '111111111111'), SECOND, FIRST]);
    expect(outputs['registry']).toBe(hosts[0]);
  });

  test('registries count for nothing with registry-type: public', async () => {
    const stage = await setMovedStage();
    const step = stage.step({ registries: '998877665544', 'registry-type': 'Public' });
    expect((await step.main()).outputs['registry']).toBe('public.ecr.aws');
  });

  test.each<[Record<string, string>, string]>([
    [{ 'registry-type': 'internal' }, 'The input registry-type is "internal": write private or public'],
    [{ registries: '12345678901' }, 'quote it in YAML'],
    [
      { 'registry-type': 'public', credential: 'ecr:eu-west-1:prod' },
      'registry-type: public and the credential ecr:eu-west-1:prod do not go together, as that one is for private registries: write ecr-public:prod',
    ],
    [
      { 'skip-logout': 'true', 'docker-config': 'isolated' },
      'docker-config: isolated does not go together with logout: false or skip-logout: true',
    ],
  ])('%j is an error', async (inputs, message) => {
    const stage = await setMovedStage();
    const { errors } = await stage.step(inputs).main();
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(stage.aws.requests).toEqual([]);
  });
});

test("a registry as the plugin's manual writes it is completed, with a notice", async () => {
  const stage = await setMovedStage();
  const { exitCode, log, outputs } = await stage
    .step({ registry: 'https://123456789012.ecr.us-east-1.amazonaws.com' })
    .main();
  expect(exitCode).toBe(0);
  expect(outputs['registry']).toBe(FIRST);
  expect(log).toContain(
    `Notice: The registry "https://123456789012.ecr.us-east-1.amazonaws.com" lacks "dkr", and is taken for ${FIRST}: write that`,
  );
});

describe('the job summary', () => {
  test('tells what was signed in to, and until when', async () => {
    const stage = await setMovedStage();
    const { exitCode, summary, masks } = await stage
      .step({ summary: 'true', registries: '123456789012,998877665544' })
      .main();
    expect(exitCode).toBe(0);
    expect(summary.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')).toBe(`### Amazon ECR login

| Registry | Region | Account | Credential | Signed in until |
| --- | --- | --- | --- | --- |
| \`${FIRST}\` | us-east-1 | 123456789012 | default | TIME UTC |
| \`${SECOND}\` | us-east-1 | 998877665544 | default | TIME UTC |

`);
    expect(masks.filter((secret) => summary.includes(secret))).toEqual([]);
  });

  test('is left alone by default', async () => {
    const stage = await setMovedStage();
    expect((await stage.step({}).main()).summary).toBe('');
  });
});
