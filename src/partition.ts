/** A partition: which regions are in it, and under which suffixes its registries live. */
export interface Partition {
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

function row(
  name: string,
  regions: RegExp,
  suffix: string,
  dualStackSuffix: string | undefined,
  dualStackApiSuffix: string,
): Partition {
  return { name, regions, suffix, dualStackSuffix, dualStackApiSuffix };
}

/** The partition that a region lies in. */
export function partition(region: string): Partition {
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

/** The host of the STS of a region for IPv4. */
export function stsApiHost(region: string): string {
  return `sts.${region}.${partition(region).suffix}`;
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
