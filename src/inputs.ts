import type { GivenCredentials } from './credentials/find';
import { LoginError } from './errors';
import type { CleanMode } from './docker/stale';
import { type Patience, readPatience } from './inputs-network';
import { readAllowedAccountIds, readCredentials } from './inputs-credentials';
import { type ReferenceLine, isRegion, parseReferenceLines, suggestRegion } from './reference';
import { type Registry, parseRegistry } from './registry';
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
  readonly logout: boolean;
  readonly maskPassword: boolean;
}

/**
 * Reads every input, and masks the secrets among them first. Throws a LoginError for each that cannot be
 * meant as it is, before any request.
 */
export async function readInputs(env: NodeJS.ProcessEnv): Promise<Inputs> {
  const credentials = await readCredentials(env);
  return {
    references: parseReferenceLines(input('credential') ?? 'ecr:default'),
    ...credentials,
    allowedAccountIds: readAllowedAccountIds(),
    region: readRegion(env),
    registries: lines('registry').map(parseRegistry),
    ...readDockerConfig(),
    maskPassword: readMaskPassword(),
    ...readPatience(),
  };
}

function readDockerConfig(): Pick<Inputs, 'dockerConfig' | 'cleanDockerConfig' | 'logout'> {
  const dockerConfig = oneOf('docker-config', ['shared', 'isolated']);
  const logout = readLogout();
  if (dockerConfig === 'isolated' && !logout) {
    throw new LoginError(
      'docker-config: isolated and logout: false do not go together: a private config ends with its job',
    );
  }
  return {
    dockerConfig,
    logout,
    cleanDockerConfig: oneOf('clean-docker-config', ['none', 'stale', 'ecr', 'all']),
  };
}

/** An input that is one of a few words; the first where it is not given. Throws a LoginError for another. */
function oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
  const value = (input(name) ?? '').trim().toLowerCase();
  const found = value === '' ? words[0] : words.find((word) => word === value);
  if (found === undefined) throw new LoginError(`The input ${name} is "${value}": write ${words.join(', ')}`);
  return found;
}

/** Whether the post step undoes the login. Throws a LoginError for what is neither true nor false. */
function readLogout(): boolean {
  const value = (input('logout') ?? '').trim().toLowerCase();
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw new LoginError(`The input logout is "${value}": write true or false`);
}

// Whatever is not plainly "false" keeps the password masked: a slip is to be on the safe side.
function readMaskPassword(): boolean {
  const masked = (input('mask-password') ?? '').trim().toLowerCase() !== 'false';
  if (!masked) {
    log.warning('mask-password is false: the outputs password and token show in every log that prints them');
  }
  return masked;
}

function lines(name: string): readonly string[] {
  return (input(name) ?? '').split(/[\s,]+/).filter((line) => line !== '');
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
