import { readFile } from 'node:fs/promises';
import { LoginError, codeOf } from '../errors';
import type { Network } from '../network';
import { stsApiHost } from '../partition';
import { mask } from '../runner';
import type { Credentials } from './keys';
import { requestOidcToken } from './oidc';
import type { Role } from './role';
import { fromEnvironment, fromProfile } from './sdk-providers';
import { type RoleSource, type Source, type WebIdentity, isWebIdentity } from './source';
import { assumeRole, assumeRoleWithWebIdentity } from './sts';

/** What the keys of a credential are got for, and where. */
export interface ResolveContext extends Network {
  /** The credential id. */
  readonly id: string;
  /** The region whose STS is asked. */
  readonly region: string;
  /** False where the keys only serve to assume another role. */
  readonly isLast: boolean;
  /** The keys of another credential id, to assume this one's role with. */
  readonly credentialsOf: (id: string) => Promise<Credentials>;
}

/** Gets the keys of a source, each secret masked as it arrives. Throws a LoginError where they are not to be had. */
export async function resolveSource(source: Source, context: ResolveContext): Promise<Credentials> {
  switch (source.kind) {
    case 'keys':
      return source.keys;
    case 'profile':
      return fromProfile(source.profile, context);
    case 'environment':
      return fromEnvironment(context);
    case 'role':
      return resolveRole(source, context);
  }
}

async function resolveRole({ role, by }: RoleSource, context: ResolveContext): Promise<Credentials> {
  const params = {
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    DurationSeconds: role.durationSeconds,
    ...(context.isLast ? sessionPolicies(role) : {}),
  };
  if (isWebIdentity(by)) {
    const token = await webIdentityToken(by, role, context);
    return assumeRoleWithWebIdentity({ ...params, WebIdentityToken: token }, context);
  }
  const keys = await keysFor(by, role, context);
  return assumeRole(keys, { ...params, ExternalId: role.externalId }, context);
}

function sessionPolicies({ policy, policyArns }: Role): {
  Policy?: string;
  PolicyArns?: { arn: string }[];
} {
  return {
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  };
}

function keysFor(
  by: Exclude<RoleSource['by'], WebIdentity>,
  role: Role,
  context: ResolveContext,
): Promise<Credentials> {
  if (by.kind === 'credential') return context.credentialsOf(by.id);
  if (by.kind === 'keys') return Promise.resolve(by.keys);
  context.log.notice(
    `Credential ${context.id}: the runner offers no OIDC token (permissions: id-token: write), so the role ${role.arn} is assumed with the machine's own credentials`,
  );
  return fromEnvironment(context, role.arn);
}

async function webIdentityToken(
  by: WebIdentity,
  { audience, partition }: Role,
  context: ResolveContext,
): Promise<string> {
  if (by.kind === 'token') return by.token;
  if (by.kind === 'token-file') return readTokenFile(by.path, context.id);
  // STS is asked as soon as the runner has answered.
  context.agent.connect(stsApiHost(context.region));
  const china = partition === 'aws-cn' ? '.cn' : '';
  return requestOidcToken(by.offer, audience ?? `sts.amazonaws.com${china}`, context);
}

async function readTokenFile(path: string, id: string): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    mask(token);
    return token;
  } catch (error) {
    throw new LoginError(
      `The web-identity-token-file of credential ${id}, ${path}, cannot be read (${codeOf(error) ?? 'unknown error'}): does this step see it, under that name?`,
      { cause: error },
    );
  }
}
