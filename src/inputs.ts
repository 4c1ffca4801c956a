import { LoginError } from './errors';
import type { CleanMode } from './docker/stale';
import { type ReferenceLine, isRegion, parseReferenceLines, suggestRegion } from './reference';
import { type Registry, parseRegistry } from './registry';
import { input, log, mask } from './runner';

/** AWS keys, as somebody gave them. */
export interface StaticKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Everything the user said, read once and checked. */
export interface Inputs {
  readonly references: readonly ReferenceLine[];
  /** The identity given directly, if there is one. */
  readonly keys: StaticKeys | undefined;
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
export function readInputs(env: NodeJS.ProcessEnv): Inputs {
  const keys = readKeys();
  return {
    references: parseReferenceLines(input('credential') ?? 'ecr:default'),
    keys,
    region: readRegion(env),
    registries: lines('registry').map(parseRegistry),
    ...readDockerConfig(),
    maskPassword: readMaskPassword(),
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

function readKeys(): StaticKeys | undefined {
  const accessKeyId = input('aws-access-key-id');
  const secretAccessKey = input('aws-secret-access-key');
  const sessionToken = input('aws-session-token');
  for (const secret of [secretAccessKey, sessionToken]) maskWithoutEdges(secret);
  // Swapped by mistake, the secret stands where the key id belongs, and would show in what AWS answers.
  if (isSwapped(accessKeyId, secretAccessKey)) {
    maskWithoutEdges(accessKeyId);
    throw new LoginError(
      'aws-access-key-id holds the secret key and aws-secret-access-key the key id: swap the two',
    );
  }
  const given = {
    'aws-access-key-id': accessKeyId,
    'aws-secret-access-key': secretAccessKey,
    'aws-session-token': sessionToken,
  };
  for (const [name, value] of Object.entries(given)) checkSecret(name, value);
  return completeKeys(accessKeyId, secretAccessKey, sessionToken);
}

function maskWithoutEdges(secret: string | undefined): void {
  if (secret === undefined) return;
  mask(secret);
  mask(secret.trim());
}

const ACCESS_KEY_ID = /^\s*A[KS]IA[A-Z0-9]{12,}\s*$/;

function isSwapped(accessKeyId: string | undefined, secretAccessKey: string | undefined): boolean {
  return (
    accessKeyId !== undefined &&
    secretAccessKey !== undefined &&
    ACCESS_KEY_ID.test(secretAccessKey) &&
    !ACCESS_KEY_ID.test(accessKeyId)
  );
}

/** Checks one secret by itself. Throws a LoginError for an empty one and for white space in it. */
export function checkSecret(name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (value.trim() === '') {
    throw new LoginError(
      `${name} is empty: the secret is not set, or this run may not read it (a pull request from a fork, or one by Dependabot, gets no secrets of the repository); leave the input out to use the machine's own credentials`,
    );
  }
  if (/\s/.test(value)) {
    const where = value.trim() === value ? 'inside it' : 'at its beginning or its end';
    throw new LoginError(
      `${name} has white space ${where}: store the secret again, without spaces and line breaks`,
    );
  }
}

function completeKeys(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): StaticKeys | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
      return undefined;
    const missing = accessKeyId === undefined ? 'aws-access-key-id' : 'aws-secret-access-key';
    throw new LoginError(`${missing} is missing: a key id and its secret key go together`);
  }
  if (sessionToken !== undefined) return { accessKeyId, secretAccessKey, sessionToken };
  if (accessKeyId.startsWith('ASIA')) {
    throw new LoginError(
      `The key ${accessKeyId} is a temporary one (ASIA…), which works with its session token alone: give aws-session-token too`,
    );
  }
  return { accessKeyId, secretAccessKey };
}
