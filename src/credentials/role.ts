import { LoginError } from '../errors';
import type { Fields, Naming } from './source';

/** A role, and how it is to be assumed. */
export interface Role {
  readonly arn: string;
  readonly partition: string;
  readonly accountId: string;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly durationSeconds: number | undefined;
  /** Whom an OIDC token is to be for; undefined: the STS of the role's partition. */
  readonly audience: string | undefined;
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

// The default of aws-actions/configure-aws-credentials, which trust policies may name.
const SESSION_NAME = 'GitHubActions';

/** The role that some fields describe. Throws a LoginError for what STS could not take. */
export function readRole(fields: Fields, naming: Naming): Role {
  return {
    ...parseArn(fields.get('role-to-assume')?.trim() ?? '', naming('role-to-assume')),
    sessionName: fields.get('role-session-name')?.trim() ?? SESSION_NAME,
    externalId: fields.get('role-external-id')?.trim(),
    durationSeconds: parseDuration(
      fields.get('role-duration-seconds')?.trim(),
      naming('role-duration-seconds'),
    ),
    audience: fields.get('audience')?.trim(),
    policy: fields.get('inline-session-policy')?.trim(),
    policyArns: (fields.get('managed-session-policies') ?? '').split(/[\s,]+/).filter((arn) => arn !== ''),
  };
}

function parseArn(arn: string, name: string): Pick<Role, 'arn' | 'partition' | 'accountId'> {
  const [, partition, accountId] = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/\S+$/.exec(arn) ?? [];
  if (partition !== undefined && accountId !== undefined) return { arn, partition, accountId };
  const what = arn.includes(':') ? 'is not the ARN of a role' : "is a role's name, which says no account";
  throw new LoginError(`${name} ${what}: write arn:aws:iam::ACCOUNT:role/NAME, as the IAM console shows it`);
}

// The bounds are those of the STS API reference, AssumeRole.
function parseDuration(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 900 && seconds <= 43_200) return seconds;
  throw new LoginError(`${name} is no number of seconds from 900 to 43200: write 3600 for an hour`);
}
