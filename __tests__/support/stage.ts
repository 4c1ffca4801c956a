import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, onTestFinished } from 'vitest';
import { type AwsOptions, startAws } from '../../demo/aws.mjs';
import { startRegistry } from '../../demo/registry.mjs';
import { type Invocation, Job } from '../../demo/runner.mjs';
import type { ServerOptions } from '../../demo/server.mjs';

/** The identity that tests sign in with; each value is found nowhere else. */
export const IDENTITY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  accountId: '123456789012',
};

/** The keys of an identity, as inputs. */
export const KEYS = {
  'aws-access-key-id': IDENTITY.accessKeyId,
  'aws-secret-access-key': IDENTITY.secretAccessKey,
};

type Options = Partial<AwsOptions> &
  ServerOptions & {
    readonly registry?: Parameters<typeof startRegistry>[0];
    readonly config?: string | undefined;
  };

/** Where a test says what to take down when it ends; tests that run at the same time have each their own. */
export type Ending = Pick<TestContext, 'onTestFinished'>;

/** A config that a user could have: another login, and keys and spellings that printing it anew would lose. */
export const USER_CONFIG = `{
  "auths": {
    "ghcr.io": { "auth": "dXNlcjpvdGhlcg==" }
  },
  "HttpHeaders": { "X-Meta": "a\\u0026b" },
  "zzz": 12345678901234567890,
  "10": 1
}
`;

/**
 * Everything a run of the action needs, taken down when the test ends: the stand-in for ECR, a registry that
 * takes its tokens, a home with a Docker config (undefined: none), and a job.
 */
export async function setStage(options: Options = {}, ending: Ending = { onTestFinished }) {
  const directory = mkdtempSync(join(tmpdir(), 'ecr-login-test-'));
  const home = join(directory, 'home');
  const configFile = join(home, '.docker', 'config.json');
  mkdirSync(join(home, '.docker'), { recursive: true, mode: 0o700 });
  const { config } = 'config' in options ? options : { config: USER_CONFIG };
  if (config === undefined) rmSync(join(home, '.docker'), { recursive: true });
  else writeFileSync(configFile, config, { mode: 0o600 });

  let registryUrl = '';
  const aws = await startAws({ identities: [IDENTITY], registryUrl: () => registryUrl, ...options });
  const registry = await startRegistry({ tokens: aws.tokens, ...options.registry });
  registryUrl = registry.url;
  const job = new Job(join(directory, 'job'));
  const env = { HOME: home, AWS_ENDPOINT_URL_ECR: aws.url, AWS_EC2_METADATA_DISABLED: 'true' };
  ending.onTestFinished(async () => {
    await Promise.all([aws.close(), registry.close()]);
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    aws,
    registry,
    job,
    env,
    home,
    directory,
    configFile,
    readConfig: () => readFileSync(configFile, 'utf8'),
    /** A step that signs in to eu-west-1 with the test's keys. */
    step: (invocation: Invocation = {}, inJob = job) =>
      inJob.step({
        ...invocation,
        env: { ...env, ...invocation.env },
        inputs: { credential: 'ecr:eu-west-1:prod', ...KEYS, ...invocation.inputs },
      }),
  };
}
