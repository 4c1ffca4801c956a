import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Identity, startAws } from '../demo/aws.mjs';
import { makeCertificate, withHostNames } from '../demo/private-names.mjs';
import { startRegistry } from '../demo/registry.mjs';
import { type Invocation, Job } from '../demo/runner.mjs';
import type { ServerOptions } from '../demo/server.mjs';
import { NOT_GIVEN } from '../src/runner';
import { type StandInRole, startOidc, startSts } from './credentials/stand-in';
import { whyNoPrivateNames } from './support/private-names';
import { writeScript } from './support/programs';
import { IDENTITY, KEYS } from './support/stage';

const EVENTS = fileURLToPath(new URL('support/events.cjs', import.meta.url));
const STS_HOSTS = ['sts.eu-west-1.amazonaws.com'];
const WITHOUT_KEYS = Object.fromEntries(Object.keys(KEYS).map((name) => [name, NOT_GIVEN]));
const NOTE_TIME = 'date +%s%3N >> "$NOTES"';
const WHY = whyNoPrivateNames();

/**
 * AWS's own host names on loopback, over TLS, for the action and docker alone: no endpoint is overridden.
 * `apis` and `registries` are the names that there are; every other is unknown.
 */
async function setPrivateStage(
  apis: readonly string[],
  registries: readonly string[],
  {
    roles = [],
    ...options
  }: Pick<ServerOptions, 'latencyMs' | 'dropped' | 'hasty'> & { roles?: readonly StandInRole[] } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'ecr-login-names-'));
  const home = join(directory, 'home');
  mkdirSync(home);
  const { authority, tls } = makeCertificate(directory, [...apis, ...STS_HOSTS, ...registries]);
  // Test files run at the same time, and each process has addresses of its own.
  const network = `127.${String(1 + (process.pid % 250))}.${String(1 + (Math.trunc(process.pid / 250) % 250))}`;
  const identities: Identity[] = [IDENTITY];
  const at = (last: number) => ({ tls, port: 443, address: `${network}.${String(last)}` });
  const sts = await startSts(identities, roles, undefined, undefined, at(3));
  const aws = await startAws({
    identities,
    ...options,
    ...at(1),
  });
  const registry = await startRegistry({
    tokens: aws.tokens,
    latencyMs: options.latencyMs ?? 0,
    ...at(2),
  });
  onTestFinished(async () => {
    await Promise.all([aws.close(), registry.close()]);
    rmSync(directory, { recursive: true, force: true });
  });
  const names = { [`${network}.1`]: apis, [`${network}.2`]: registries, [`${network}.3`]: STS_HOSTS };
  const wrapper = [...withHostNames(directory, names)];
  const env = {
    HOME: home,
    NODE_EXTRA_CA_CERTS: authority,
    SSL_CERT_FILE: authority,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  let jobs = 0;
  return {
    aws,
    registry,
    sts,
    directory,
    home,
    readAuths: () => {
      const config = readFileSync(join(home, '.docker', 'config.json'), 'utf8');
      return (JSON.parse(config) as { auths: Record<string, { auth: string }> }).auths;
    },
    step: (inputs: Record<string, string>, more: Record<string, string> = {}, rest: Invocation = {}) =>
      new Job(join(directory, `job-${String((jobs += 1))}`)).step({
        inputs: { ...KEYS, ...inputs },
        env: { ...env, ...more },
        wrapper,
        ...rest,
      }),
  };
}

const REGIONS = [
  ...['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-5'],
  // The last two are regions that AWS has not opened.
  ...['me-central-1', 'sa-east-1', 'ca-west-1', 'xx-new-1', 'eu-moon-9'],
];
const ACCOUNTS = ['123456789012', '210987654321'];

const api = (region: string) => `api.ecr.${region}.amazonaws.com`;
const host = (account: string, region: string) => `${account}.dkr.ecr.${region}.amazonaws.com`;

describe.skipIf(WHY !== undefined)(`by AWS's own host names${WHY === undefined ? '' : ` (${WHY})`}`, () => {
  test(
    '10 references in 10 regions, two accounts each: 10 calls, 20 logins, in the time of two',
    { timeout: 120_000 },
    async () => {
      const registries = REGIONS.flatMap((region) => ACCOUNTS.map((account) => host(account, region)));
      const stage = await setPrivateStage(REGIONS.map(api), registries, { latencyMs: 100 });
      const credential = REGIONS.map((region) => `ecr:${region}:prod ${ACCOUNTS.join(' ')}`).join('\n');

      const step = stage.step({ credential });
      const main = await step.main();
      expect(main).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
      expect(stage.aws.requests.map(({ region, headers }) => [region, headers['host']]).sort()).toEqual(
        REGIONS.map((region) => [region, api(region)]).sort(),
      );
      const auths = stage.readAuths();
      expect(Object.keys(auths)).toEqual(registries);
      for (const { region, password } of stage.aws.tokens)
        for (const account of ACCOUNTS)
          expect(auths[host(account, region)]?.auth).toBe(Buffer.from(`AWS:${password}`).toString('base64'));
      const asked = stage.registry.requests.filter(({ headers }) => headers['authorization'] !== undefined);
      expect(asked.map(({ headers }) => headers['host']).sort()).toEqual(registries.toSorted());
      expect((JSON.parse(main.outputs['registries'] ?? '') as unknown[]).length).toBe(20);
      expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });

      const [one, all]: [number[], number[]] = [[], []];
      for (let round = 0; round < 8; round += 1) {
        one.push((await timed(stage.step({ credential: 'ecr:eu-west-1:prod 123456789012' }))).ms);
        all.push((await timed(stage.step({ credential }))).ms);
      }
      // The quickest of each: what else this machine does at the time is not ours.
      const [quickestOne, quickestAll] = [Math.min(...one), Math.min(...all)];
      const ratio = quickestAll / quickestOne;
      console.log(
        `one login: ${quickestOne.toFixed(0)} ms; 20 in 10 regions: ${quickestAll.toFixed(0)} ms; ${ratio.toFixed(2)} times`,
      );
      expect(ratio).toBeLessThanOrEqual(2);
    },
  );

  test.each<[string, string, string, string]>([
    ['IPv4', '123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'api.ecr.eu-west-1.amazonaws.com', 'ecr'],
    [
      'FIPS',
      '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com',
      'api.ecr-fips.us-east-1.amazonaws.com',
      'ecr',
    ],
    ['dual-stack', '123456789012.dkr-ecr.eu-west-1.on.aws', 'ecr.eu-west-1.api.aws', 'ecr'],
    ['dual-stack FIPS', '123456789012.dkr-ecr-fips.us-west-2.on.aws', 'ecr-fips.us-west-2.api.aws', 'ecr'],
    [
      'GovCloud',
      '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com',
      'api.ecr.us-gov-west-1.amazonaws.com',
      'ecr',
    ],
    [
      'China',
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      'api.ecr.cn-north-1.amazonaws.com.cn',
      'ecr',
    ],
    [
      'China dual-stack',
      '123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
      'ecr.cn-north-1.api.amazonwebservices.com.cn',
      'ecr',
    ],
    ['ISO', '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'api.ecr.us-iso-east-1.c2s.ic.gov', 'ecr'],
    [
      'ISO-B',
      '123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov',
      'api.ecr.us-isob-east-1.sc2s.sgov.gov',
      'ecr',
    ],
    [
      'ISO-E',
      '123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk',
      'api.ecr.eu-isoe-west-1.cloud.adc-e.uk',
      'ecr',
    ],
    [
      'ISO-F',
      '123456789012.dkr.ecr.us-isof-east-1.csp.hci.ic.gov',
      'api.ecr.us-isof-east-1.csp.hci.ic.gov',
      'ecr',
    ],
    [
      'Europe',
      '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu',
      'api.ecr.eusc-de-east-1.amazonaws.eu',
      'ecr',
    ],
    ['ECR Public', 'public.ecr.aws', 'api.ecr-public.us-east-1.amazonaws.com', 'ecr-public'],
    ['ECR Public, dual-stack', 'ecr-public.aws.com', 'api.ecr-public.us-east-1.amazonaws.com', 'ecr-public'],
  ])('%s: %s is signed in to with a token of %s', async (_name, registry, endpoint, service) => {
    const stage = await setPrivateStage([endpoint], [registry]);
    const step = stage.step({ credential: 'ecr:prod', registry });
    expect(await step.main()).toMatchObject({ exitCode: 0, errors: [], outputs: { registry } });
    expect(stage.aws.requests).toMatchObject([{ service, headers: { host: endpoint } }]);
    expect(stage.aws.connections()).toBe(1);
    expect(Object.keys(stage.readAuths())).toEqual([registry]);
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
  });

  test.each<[Record<string, string>, string, string]>([
    [{}, 'api.ecr.eu-west-1.amazonaws.com', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    [
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      'api.ecr-fips.eu-west-1.amazonaws.com',
      '123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com',
    ],
    [
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      'ecr.eu-west-1.api.aws',
      '123456789012.dkr-ecr.eu-west-1.on.aws',
    ],
  ])("with %j the account's own registry is that of the endpoint", async (env, endpoint, registry) => {
    const stage = await setPrivateStage([endpoint], [registry]);
    const step = stage.step({ credential: 'ecr:eu-west-1:prod' }, env);
    expect(await step.main()).toMatchObject({ exitCode: 0, errors: [], outputs: { registry } });
    expect(stage.aws.requests).toMatchObject([{ headers: { host: endpoint } }]);
    expect(stage.aws.connections()).toBe(1);
  });

  describe('a connection to ECR', () => {
    const [name, registry] = [api('eu-west-1'), host('123456789012', 'eu-west-1')];
    const credential = 'ecr:eu-west-1:prod';

    test('is begun before the SDK is loaded, and used', async () => {
      const stage = await setPrivateStage([name], [registry]);
      const nodeOptions = ['--require', EVENTS];
      const { exitCode, stderr } = await stage.step({ credential }, {}, { nodeOptions }).main();
      expect(exitCode).toBe(0);
      const events = stderr.trim().split('\n');
      expect(events.slice(0, 3)).toEqual([
        'load main/index.js',
        `look up ${name}`,
        expect.stringMatching(/^load main\/\d+\.index\.js$/),
      ]);
      expect(events.filter((event) => event.startsWith('look up'))).toHaveLength(1);
      expect(stage.aws.connections()).toBe(1);
    });

    test('that is lost before it is used is made again', async () => {
      const stage = await setPrivateStage([name], [registry], { dropped: 1 });
      expect(await stage.step({ credential }).main()).toMatchObject({ exitCode: 0, errors: [] });
      expect(stage.aws.requests).toHaveLength(1);
      expect(stage.aws.connections()).toBe(2);
    });

    test('into which somebody speaks before it is used is made again', async () => {
      const role = 'arn:aws:iam::123456789012:role/ci';
      const roles = [{ arn: role, trusts: 'sts.amazonaws.com' }];
      const stage = await setPrivateStage([name], [registry], { hasty: 1, roles });
      const oidc = await startOidc(() => ({ delayMs: 300 }));
      const inputs = { ...WITHOUT_KEYS, credential, 'role-to-assume': role };
      expect(await stage.step(inputs, oidc.env).main()).toMatchObject({ exitCode: 0, errors: [] });
      expect(stage.aws.requests).toHaveLength(1);
      expect(stage.aws.connections()).toBe(2);
    });

    test('is not begun past a profile that names another endpoint', async () => {
      const stage = await setPrivateStage([name], [registry]);
      mkdirSync(join(stage.home, '.aws'));
      const config =
        '[default]\nservices = local\n[services local]\necr =\n  endpoint_url = http://127.0.0.1:9\n';
      writeFileSync(join(stage.home, '.aws', 'config'), config);
      const { exitCode, log } = await stage.step({ credential, 'max-attempts': '1' }).main();
      expect(exitCode).toBe(1);
      expect(log.join()).toContain('ECR is asked at http://127.0.0.1:9');
      expect(stage.aws.connections()).toBe(0);
    });

    test('that cannot be made is told of by the request alone', async () => {
      const stage = await setPrivateStage([], [registry]);
      const { errors } = await stage.step({ credential, 'max-attempts': '1' }).main();
      expect(errors).toEqual([expect.stringMatching(/^ECR in eu-west-1 gave no token to credential prod/)]);
    });

    test.each<[string, Record<string, string>, Record<string, string>]>([
      ['another endpoint', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, {}],
      ['another endpoint for ECR', { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:9' }, {}],
      ['a proxy', {}, { 'http-proxy': 'http://127.0.0.1:9' }],
    ])('is not begun past %s', async (_name, env, inputs) => {
      const stage = await setPrivateStage([name], [registry]);
      const { exitCode } = await stage.step({ credential, ...inputs, 'max-attempts': '1' }, env).main();
      expect(exitCode).toBe(1);
      expect(stage.aws.connections()).toBe(0);
    });
  });

  test('a role by OIDC: the connections to ECR and STS are begun early, and docker for the account of its ARN', async () => {
    const [accountId, region] = ['333333333333', 'eu-west-1'];
    const role = `arn:aws:iam::${accountId}:role/ci`;
    const stage = await setPrivateStage([api(region)], [host(accountId, region)], {
      latencyMs: 700,
      roles: [{ arn: role, trusts: 'sts.amazonaws.com' }],
    });
    const oidc = await startOidc();
    const notes = join(stage.directory, 'notes');
    const path = writeScript(stage.directory, 'docker', `${NOTE_TIME}; cat > /dev/null; ${NOTE_TIME}`);
    const step = stage.step(
      { ...WITHOUT_KEYS, credential: `ecr:${region}:prod`, 'role-to-assume': role },
      { ...oidc.env, PATH: path, NOTES: notes },
      { nodeOptions: ['--require', EVENTS] },
    );
    const { errors, exitCode, outputs, stderr } = await step.main();
    expect({ errors, exitCode }).toEqual({ errors: [], exitCode: 0 });
    expect(outputs['registry']).toBe(host(accountId, region));
    expect([stage.aws.connections(), stage.sts.connections()]).toEqual([1, 1]);
    const names = stderr.split('\n').filter((event) => event.startsWith('look up'));
    expect(names).toEqual([`look up ${api(region)}`, `look up sts.${region}.amazonaws.com`]);
    // Once, and long before ECR has answered.
    const [startedAt = 0, endedAt = 0, ...more] = readFileSync(notes, 'utf8').trim().split('\n').map(Number);
    expect(more).toEqual([]);
    expect(endedAt - startedAt).toBeGreaterThan(500);
  });

  test('one login that fails fails the step, is named, and the others are undone', async () => {
    const names = ACCOUNTS.map((account) => host(account, 'eu-west-1'));
    const stage = await setPrivateStage([api('eu-west-1')], names.slice(0, 1));
    const step = stage.step({ credential: `ecr:eu-west-1:prod ${ACCOUNTS.join(' ')}` });
    const { exitCode, errors } = await step.main();
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining(`docker login to ${names[1] ?? ''} failed`)]);
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(() => stage.readAuths()).toThrow('ENOENT');
  });

  test('several that fail are each named, in one line', async () => {
    const stage = await setPrivateStage([api('eu-west-1')], []);
    const credential = `ecr:eu-west-1:prod ${ACCOUNTS.join(' ')}`;
    const { errors } = await stage.step({ credential }).main();
    expect(errors).toHaveLength(1);
    for (const account of ACCOUNTS) expect(errors[0]).toContain(`${host(account, 'eu-west-1')} failed`);
    expect(errors[0]).not.toContain('\n');
  });
});

/** Signs in and out, and gives how long signing in took. */
async function timed(step: ReturnType<Awaited<ReturnType<typeof setPrivateStage>>['step']>) {
  const main = await step.main();
  expect(main.errors).toEqual([]);
  await step.post();
  return main;
}
