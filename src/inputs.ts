import type { GivenCredentials } from './credentials/find';
import { LoginError } from './errors';
import { type Client, parseClients } from './docker/clients';
import type { CleanMode } from './docker/stale';
import { type Patience, readPatience } from './inputs-network';
import { readAllowedAccountIds, readCredentials } from './inputs-credentials';
import { lines, oneOf } from './inputs-read';
import { readRegistries } from './inputs-registries';
import { type ProxySettings, readProxy } from './proxy';
import { type ReferenceLine, isRegion, suggestRegion } from './reference';
import type { Registry } from './registry';
import { input, log } from './runner';

/** Everything the user said, read once and checked. */
export interface Inputs extends GivenCredentials, Patience {
  readonly references: readonly ReferenceLine[];
  /** The accounts that a credential may belong to; none: any. */
  readonly allowedAccountIds: readonly string[];
  /** `aws-region`, else the environment's. */
  readonly region: string | undefined;
  readonly registries: readonly Registry[];
  /** Whose Docker config the login goes to: the user's, or a private one of the job. */
  readonly dockerConfig: 'shared' | 'isolated';
  readonly cleanDockerConfig: CleanMode;
  /** What signs in; auto: the first client that is installed. */
  readonly clients: readonly Client[] | 'auto';
  readonly logout: boolean;
  readonly maskPassword: boolean;
  readonly proxy: ProxySettings;
  /** Whether the job summary is to tell what was signed in to. */
  readonly summary: boolean;
}

/**
 * Reads every input, and masks the secrets among them first. Throws a LoginError for each that cannot be
 * meant as it is, before any request.
 */
export async function readInputs(env: NodeJS.ProcessEnv): Promise<Inputs> {
  const credentials = await readCredentials(env);
  return {
    ...readRegistries(),
    ...credentials,
    allowedAccountIds: readAllowedAccountIds(),
    region: readRegion(env),
    ...readDockerConfig(),
    clients: parseClients(lines('client')),
    maskPassword: readMaskPassword(),
    summary: oneOf('summary', ['false', 'true']) === 'true',
    ...readPatience(),
    proxy: readProxy(env),
  };
}

function readDockerConfig(): Pick<Inputs, 'dockerConfig' | 'cleanDockerConfig' | 'logout'> {
  const dockerConfig = oneOf('docker-config', ['shared', 'isolated']);
  const logout = readLogout();
  if (dockerConfig === 'isolated' && !logout) {
    throw new LoginError(
      'docker-config: isolated does not go together with logout: false or skip-logout: true: a private config ends with its job',
    );
  }
  return {
    dockerConfig,
    logout,
    cleanDockerConfig: oneOf('clean-docker-config', ['none', 'stale', 'ecr', 'all']),
  };
}

// As lenient as that of aws-actions/amazon-ecr-login: what is not plainly "true" skips nothing.
function readLogout(): boolean {
  const logout = oneOf('logout', ['true', 'false']) === 'true';
  return logout && (input('skip-logout') ?? '').trim().toLowerCase() !== 'true';
}

// Whatever is not plainly "false" keeps the password masked: a slip is to be on the safe side.
function readMaskPassword(): boolean {
  const masked = (input('mask-password') ?? '').trim().toLowerCase() !== 'false';
  if (!masked) {
    log.warning('mask-password is false: the outputs password and token show in every log that prints them');
  }
  return masked;
}

// The JS SDK reads AWS_REGION alone; AWS CLI users know AWS_DEFAULT_REGION too.
function readRegion(env: NodeJS.ProcessEnv): string | undefined {
  const given = input('aws-region')?.trim();
  const sources: readonly [string, string | undefined][] = [
    ['input aws-region', given],
    ['variable AWS_REGION', env['AWS_REGION']],
    ['variable AWS_DEFAULT_REGION', env['AWS_DEFAULT_REGION']],
  ];
  const found = sources.find(([, value]) => value !== undefined && value !== '');
  if (found?.[1] === undefined) return undefined;
  const [name, region] = found;
  if (isRegion(region)) return region;
  const meant = suggestRegion(region);
  const remedy = meant === undefined ? 'a region looks like eu-west-1' : `did you mean ${meant}?`;
  throw new LoginError(`The ${name} is "${region}", which is no AWS region: ${remedy}`);
}
