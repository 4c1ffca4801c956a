import type { AwsCredentialIdentity, Logger } from '@smithy/types';
import { safeMessage } from '../errors';
import { TracingHandler } from '../aws-http';
import { LoginError } from '../errors';
import type { Log } from '../log';
import { type Credentials, maskKeys } from './keys';
import { profileNames } from './profiles';
import { type StsContext, assumeRole, assumeRoleWithWebIdentity } from './sts';

/** The keys of a profile in the shared AWS config: whatever the SDK reads there. Throws a LoginError without. */
export async function fromProfile(profile: string, context: StsContext): Promise<Credentials> {
  const { fromIni } = await import('@aws-sdk/credential-provider-ini');
  try {
    return maskKeys(await fromIni({ profile, ...options(context) })());
  } catch (error) {
    const known = (await profileNames()).join(', ');
    throw failure(
      error,
      `Credential ${context.id} has no keys from the AWS profile ${profile}`,
      `the profiles of this machine are ${known === '' ? 'none' : known}`,
    );
  }
}

/**
 * The machine's own keys, by the SDK's default chain; `roleArn` is the role that they are to assume, if it is
 * not they that sign in. Throws a LoginError where the machine has none.
 */
export async function fromEnvironment(context: StsContext, roleArn?: string): Promise<Credentials> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  try {
    return maskKeys(await defaultProvider(options(context))());
  } catch (error) {
    const profile = await unknownProfile();
    const remedy =
      profile ??
      (roleArn === undefined
        ? 'give aws-access-key-id and aws-secret-access-key, or role-to-assume'
        : `give the job the permission id-token: write, so that the runner offers it an OIDC token to assume the role ${roleArn} with (a pull request from a fork gets none)`);
    const what = `Credential ${context.id}: this machine has no AWS credentials of its own`;
    throw failure(error, what, remedy);
  }
}

// Each STS call of a profile or of the chain is made as all others: traced, masked, its error explained.
function options(context: StsContext): {
  roleAssumer: (
    keys: AwsCredentialIdentity,
    params: Parameters<typeof assumeRole>[1],
  ) => Promise<Credentials>;
  roleAssumerWithWebIdentity: (
    params: Parameters<typeof assumeRoleWithWebIdentity>[0],
  ) => Promise<Credentials>;
  clientConfig: object;
  logger: Logger;
} {
  return {
    roleAssumer: (keys, params) => assumeRole(maskKeys(keys), params, context),
    roleAssumerWithWebIdentity: (params) => assumeRoleWithWebIdentity(params, context),
    clientConfig: {
      requestHandler: new TracingHandler(context),
      retryStrategy: context.retries.strategy(`AWS for credential ${context.id}`),
    },
    logger: sdkLogger(context.log),
  };
}

// The SDK would write its warnings to the standard error, on many lines.
function sdkLogger(log: Log): Logger {
  const silent = (): void => undefined;
  return {
    debug: silent,
    info: silent,
    warn: (...content: unknown[]) => {
      log.warning(content.map(String).join(' ').replaceAll(/\s+/g, ' ').trim());
    },
    error: silent,
  };
}

async function unknownProfile(): Promise<string | undefined> {
  const profile = process.env['AWS_PROFILE'] ?? '';
  if (profile === '') return undefined;
  const known = await profileNames();
  if (known.includes(profile)) return undefined;
  return `AWS_PROFILE names the profile ${profile}, which is in no shared AWS config file (there are ${known.length === 0 ? 'none' : known.join(', ')}): correct it, or unset it`;
}

function failure(error: unknown, what: string, remedy: string): LoginError {
  if (error instanceof LoginError) return error;
  // JSON.parse quotes what it could not read: the keys that a container's endpoint gave.
  if (error instanceof SyntaxError) return new LoginError(`${what}: its answer is no JSON; ${remedy}`);
  return new LoginError(`${what}: ${safeMessage(error)}; ${remedy}`, { cause: error });
}
