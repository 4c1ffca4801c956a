import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import { TracingHandler, readBody } from '../aws-http';
import { findEndpointOverride } from '../ecr';
import type { Network } from '../network';
import { mask } from '../runner';
import { reportOverride } from '../report';
import { type Credentials, type StaticKeys, maskKeys } from './keys';
import { stsFailure } from './sts-errors';

/** Which credential STS is asked for, and where. */
export interface StsContext extends Network {
  /** The credential id. */
  readonly id: string;
  /** The region whose STS is asked. */
  readonly region: string;
}

/** Assumes a role with keys. The new keys are masked as they arrive. Throws a LoginError if STS refuses. */
export async function assumeRole(
  keys: StaticKeys,
  params: AssumeRoleCommandInput,
  context: StsContext,
): Promise<Credentials> {
  return withClient(context, keys, async (client) => {
    try {
      return readKeys(
        await client.send(new AssumeRoleCommand(params), { abortSignal: context.retries.signal }),
      );
    } catch (error) {
      throw stsFailure(error, { ...context, operation: 'AssumeRole', roleArn: params.RoleArn });
    }
  });
}

/**
 * Assumes a role with a token of an identity provider, by a request without a signature. Token and new keys
 * are masked. Throws a LoginError if STS refuses.
 */
export async function assumeRoleWithWebIdentity(
  params: AssumeRoleWithWebIdentityCommandInput,
  context: StsContext,
): Promise<Credentials> {
  const token = params.WebIdentityToken ?? '';
  mask(token);
  return withClient(context, undefined, async (client) => {
    try {
      return readKeys(
        await client.send(new AssumeRoleWithWebIdentityCommand(params), {
          abortSignal: context.retries.signal,
        }),
      );
    } catch (error) {
      const operation = 'AssumeRoleWithWebIdentity';
      throw stsFailure(error, { ...context, operation, roleArn: params.RoleArn, token });
    }
  });
}

async function withClient<Result>(
  context: StsContext,
  keys: StaticKeys | undefined,
  use: (client: STSClient) => Promise<Result>,
): Promise<Result> {
  const { region, log, retries } = context;
  const override = await findEndpointOverride('STS');
  reportOverride('STS', override, log);
  const client = new STSClient({
    region,
    maxAttempts: retries.maxAttempts,
    retryStrategy: retries.strategy(`STS in ${region}, credential ${context.id}`),
    requestHandler: new TracingHandler(context),
    streamCollector: readBody,
    // The SDK refuses both flags together with a custom endpoint.
    ...(override === undefined ? {} : { useFipsEndpoint: false, useDualstackEndpoint: false }),
    ...(keys === undefined ? {} : { credentials: keys }),
  });
  // Judged where the attempts are made: an answer without keys is worth asking again for.
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { output } = result;
      checkAnswer(output !== undefined && 'Credentials' in output ? output : {});
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  // Not destroyed: its connections are those of an agent that others use, and end with the step.
  return use(client);
}

/** An answer of STS that is of no use; the SDK takes what is marked so as passing. */
class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
  readonly $retryable = {};
}

type Answer = Pick<AssumeRoleCommandOutput, 'Credentials' | 'AssumedRoleUser'>;

function checkAnswer({ Credentials: answered }: Answer): NonNullable<Answer['Credentials']> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answered ?? {};
  if (answered === undefined || [AccessKeyId, SecretAccessKey, SessionToken].includes(undefined))
    throw new UnusableAnswer('its answer holds no keys');
  return answered;
}

function readKeys(answer: Answer): Credentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = checkAnswer(answer);
  // arn:aws:sts::123456789012:assumed-role/NAME/SESSION
  const accountId = answer.AssumedRoleUser?.Arn?.split(':')[4] ?? '';
  return maskKeys({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(accountId === '' ? {} : { accountId }),
  });
}
