import { LoginError } from './errors';
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

/** A partition: which regions are in it, and under which suffixes its registries live. */
interface Partition {
  readonly name: string;
  readonly regions: RegExp;
  /** Suffix of the registry hosts and of the API hosts. */
  readonly suffix: string;
  /** Suffix of the dual-stack registry hosts, where the partition is known to have them. */
  readonly dualStackSuffix: string | undefined;
  readonly dualStackApiSuffix: string;
}

// The regions and DNS suffixes are those of the AWS SDK's partition data; the dual-stack registry suffixes
// are those of the ECR user guide and of amazon-ecr-credential-helper.
const PARTITIONS: readonly Partition[] = [
  row('aws-cn', /^cn-/, 'amazonaws.com.cn', 'on.amazonwebservices.com.cn', 'api.amazonwebservices.com.cn'),
  row('aws-us-gov', /^us-gov-/, 'amazonaws.com', 'on.aws', 'api.aws'),
  row('aws-iso', /^us-iso-/, 'c2s.ic.gov', undefined, 'api.aws.ic.gov'),
  row('aws-iso-b', /^us-isob-/, 'sc2s.sgov.gov', undefined, 'api.aws.scloud'),
  row('aws-iso-e', /^eu-isoe-/, 'cloud.adc-e.uk', undefined, 'api.cloud-aws.adc-e.uk'),
  row('aws-iso-f', /^us-isof-/, 'csp.hci.ic.gov', undefined, 'api.aws.hci.ic.gov'),
  row('aws-eusc', /^eusc-/, 'amazonaws.eu', 'on.amazonwebservices.eu', 'api.amazonwebservices.eu'),
];
// Every other region, known or not, is one of the commercial partition, as in the AWS SDK.
const COMMERCIAL = row('aws', /^/, 'amazonaws.com', 'on.aws', 'api.aws');

const PUBLIC_HOSTS: ReadonlyMap<string, boolean> = new Map([
  ['public.ecr.aws', false],
  ['ecr-public.aws.com', true],
]);

function row(
  name: string,
  regions: RegExp,
  suffix: string,
  dualStackSuffix: string | undefined,
  dualStackApiSuffix: string,
): Partition {
  return { name, regions, suffix, dualStackSuffix, dualStackApiSuffix };
}

function partition(region: string): Partition {
  return PARTITIONS.find(({ regions }) => regions.test(region)) ?? COMMERCIAL;
}

/** The name of the partition that a region lies in: `aws`, `aws-cn`, `aws-us-gov` … */
export function partitionOf(region: string): string {
  return partition(region).name;
}

/** The host of ECR's API for IPv4; undefined where the region is not known. ECR Public's is in us-east-1 alone. */
export function ecrApiHost(flavour: 'private' | 'public', region: string | undefined): string | undefined {
  if (flavour === 'public') return 'api.ecr-public.us-east-1.amazonaws.com';
  return region === undefined ? undefined : `api.ecr.${region}.${partition(region).suffix}`;
}

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

/** True for a host name of AWS's own, in any partition: an API, a registry, a PrivateLink endpoint. */
export function isAwsHost(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return [COMMERCIAL, ...PARTITIONS].some(({ suffix, dualStackSuffix, dualStackApiSuffix }) =>
    [suffix, dualStackSuffix, dualStackApiSuffix].some(
      (ending) => ending !== undefined && host.endsWith(`.${ending}`),
    ),
  );
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
