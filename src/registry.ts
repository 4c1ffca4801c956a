import { LoginError } from './errors';
import { partition } from './partition';
import { isRegion } from './reference';

/** An ECR registry host, taken apart. */
export interface EcrHost {
  readonly kind: 'ecr';
  readonly flavour: 'private' | 'public';
  readonly host: string;
  /** Absent for ECR Public, which has none. */
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  readonly partition: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** What a line of `registry` names. `other` is no ECR host: it can be used under an endpoint override alone. */
export type Registry =
  | EcrHost
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'other'; readonly host: string };

const PUBLIC_HOSTS: ReadonlyMap<string, boolean> = new Map([
  ['public.ecr.aws', false],
  ['ecr-public.aws.com', true],
]);

/** The host of a private registry. Throws a LoginError where its partition has no dual-stack registries. */
export function privateHost(
  accountId: string,
  region: string,
  flags: { readonly fips: boolean; readonly dualStack: boolean },
): EcrHost {
  const { name, suffix, dualStackSuffix } = partition(region);
  const dash = flags.fips ? '-fips' : '';
  if (flags.dualStack && dualStackSuffix === undefined) {
    throw new LoginError(
      `Partition ${name} (region ${region}) has no dual-stack ECR registries: unset AWS_USE_DUALSTACK_ENDPOINT`,
    );
  }
  const host = flags.dualStack
    ? `${accountId}.dkr-ecr${dash}.${region}.${dualStackSuffix ?? ''}`
    : `${accountId}.dkr.ecr${dash}.${region}.${suffix}`;
  const { fips, dualStack } = flags;
  return { kind: 'ecr', flavour: 'private', host, accountId, region, partition: name, fips, dualStack };
}

/** Takes an ECR registry host apart, matched whole; undefined for every other host. */
export function parseEcrHost(name: string): EcrHost | undefined {
  const host = name.toLowerCase();
  const publicDualStack = PUBLIC_HOSTS.get(host);
  if (publicDualStack !== undefined) return publicEcrHost(host, publicDualStack);
  const match = /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/.exec(host);
  if (match === null) return undefined;
  const [, accountId = '', joint, fips, region = '', suffix] = match;
  if (!isRegion(region)) return undefined;
  const { name: partitionName, suffix: ipv4, dualStackSuffix } = partition(region);
  const dualStack = suffix === dualStackSuffix;
  // China's dual-stack hosts are written both ways, by AWS itself.
  const jointFits = dualStack ? joint === '-' || partitionName === 'aws-cn' : joint === '.';
  if (!jointFits || !(dualStack || suffix === ipv4)) return undefined;
  return {
    kind: 'ecr',
    flavour: 'private',
    host,
    accountId,
    region,
    partition: partitionName,
    fips: fips !== undefined,
    dualStack,
  };
}

/** The ECR Public registry, under the name given or its usual one. */
export function publicEcrHost(host = 'public.ecr.aws', dualStack = false): EcrHost {
  return {
    kind: 'ecr',
    flavour: 'public',
    host,
    accountId: undefined,
    region: undefined,
    partition: 'aws',
    fips: false,
    dualStack,
  };
}

/**
 * Reads one line of `registry`: a host, an `https://` URL with or without a path, or a 12-digit account id. An
 * ECR host that lacks `dkr`, as the manual of the Jenkins plugin has it, is completed, with a notice. Throws a
 * LoginError for what can be none of these.
 */
export function parseRegistry(text: string, notice?: (line: string) => void): Registry {
  if (/^\d+$/.test(text)) return { kind: 'account', accountId: checkAccountId(text) };
  const match = /^(?:(https?):\/\/)?([^/?#@\s]+)(?:\/.*)?$/i.exec(text);
  const host = match?.[2];
  if (host === undefined || !/^(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d+)?$/i.test(host)) {
    throw new LoginError(
      `The registry "${text}" is neither a host, nor an https:// URL, nor a 12-digit account id`,
    );
  }
  const ecr = complete(host, text, notice) ?? parseEcrHost(host);
  if (ecr !== undefined && match?.[1]?.toLowerCase() === 'http') {
    throw new LoginError(`The registry "${text}" would be asked over plain http: write https://${ecr.host}`);
  }
  return ecr ?? { kind: 'other', host };
}

function complete(host: string, text: string, notice?: (line: string) => void): EcrHost | undefined {
  const completed = addDkr(host);
  if (completed !== undefined)
    notice?.(`The registry "${text}" lacks "dkr", and is taken for ${completed.host}: write that`);
  return completed;
}

/** Checks a 12-digit AWS account id. Throws a LoginError, with the usual cause where digits are missing. */
export function checkAccountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  const cause = /^\d{1,11}$/.test(text) ? ': YAML drops leading zeros, so quote it in YAML' : '';
  throw new LoginError(`The account id "${text}" has ${text.length} digits in place of 12${cause}`);
}

/** Why a host that is no ECR host was probably written, or undefined; for the error that refuses it. */
export function suggestHost(host: string): string | undefined {
  const withoutPort = host.replace(/:443$/, '');
  return withoutPort === host ? undefined : (addDkr(withoutPort) ?? parseEcrHost(withoutPort))?.host;
}

function addDkr(host: string): EcrHost | undefined {
  return /^\d{12}\.ecr(?:-fips)?\./.test(host) ? parseEcrHost(host.replace('.', '.dkr.')) : undefined;
}
