import { ECRClient, type ECRClientConfig, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { ECRPUBLICClientConfig } from '@aws-sdk/client-ecr-public';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import type { Identity } from './credentials/identity';
import { TracingHandler, readBody } from './aws-http';
import { LoginError } from './errors';
import type { Network } from './network';
import { isAwsHost } from './partition';
import { parseEcrHost } from './registry';
import type { TokenRequest } from './token-request';

/** An authorization token of ECR, taken apart. */
export interface Authorization {
  readonly username: string;
  readonly password: string;
  /** Base64 of `username:password`, as ECR gives it. */
  readonly token: string;
  readonly expiresAt: Date;
  /** The account that the token was given to, where ECR's answer tells. */
  readonly accountId: string | undefined;
  /** The host that ECR names, which is always the IPv4 one. */
  readonly proxyHost: string | undefined;
}

/**
 * The endpoint for a service that somebody configured (by variable, profile or `services` section) in place of
 * AWS's own hosts, as a URL; undefined where there is none, or where it is AWS's, such as PrivateLink.
 */
export async function findEndpointOverride(
  serviceId: 'ECR' | 'ECR PUBLIC' | 'STS',
): Promise<string | undefined> {
  // The SDK's own reading of the configuration: it notes what it finds in the config it is handed.
  const config: Parameters<typeof getEndpointFromInstructions>[2] & { isCustomEndpoint?: boolean } = {
    serviceId,
    endpointProvider: () => ({ url: new URL('https://aws.invalid') }),
  };
  await getEndpointFromInstructions({}, {}, config);
  const endpoint = await config.endpoint?.();
  if (endpoint === undefined || isAwsHost(endpoint.hostname)) return undefined;
  const { protocol, hostname, port } = endpoint;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${String(port)}`}`;
}

/** Asks ECR for one authorization token. Throws a LoginError that says what AWS answered and what to do. */
export async function authorize(
  request: TokenRequest,
  identity: Identity,
  network: Network,
): Promise<Authorization> {
  // Handed over, not left to the SDK's chain: that one ignores the environment's keys beside AWS_PROFILE.
  const credentials = await identity.credentials();
  const options = {
    region: request.region,
    useFipsEndpoint: request.fips,
    useDualstackEndpoint: request.dualStack,
    maxAttempts: network.retries.maxAttempts,
    retryStrategy: network.retries.strategy(`ECR in ${request.region}, credential ${identity.id}`),
    requestHandler: new TracingHandler(network),
    streamCollector: readBody,
    credentials,
  };
  try {
    return readAuthorization(
      await (request.flavour === 'public' ? askPublic(options, network) : askPrivate(options, network)),
    );
  } catch (error) {
    if (error instanceof LoginError) throw error;
    // The catalogue of errors is loaded for those who need it.
    const { ecrFailure } = await import('./aws-errors');
    throw ecrFailure(error, request, identity);
  }
}

async function askPrivate(
  options: ECRClientConfig,
  { retries }: Network,
): Promise<AuthorizationData | undefined> {
  const command = new GetAuthorizationTokenCommand({});
  // Judged where the attempts are made: an answer without a token is worth asking again for.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      readAuthorization(result.output?.authorizationData?.[0]);
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  const { authorizationData } = await new ECRClient(options).send(command, { abortSignal: retries.signal });
  return authorizationData?.[0];
}

async function askPublic(
  options: ECRPUBLICClientConfig,
  { retries }: Network,
): Promise<AuthorizationData | undefined> {
  // Loaded for those who use it: a job with private registries starts without it.
  const { ECRPUBLICClient, GetAuthorizationTokenCommand: Ask } = await import('@aws-sdk/client-ecr-public');
  const command = new Ask({});
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      readAuthorization(result.output?.authorizationData);
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  const client = new ECRPUBLICClient(options);
  const { authorizationData } = await client.send(command, { abortSignal: retries.signal });
  return authorizationData;
}

/** ECR's answer, as far as it concerns us. */
interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
  readonly proxyEndpoint?: string | undefined;
}

const HOUR_MS = 3_600_000;

/** Takes ECR's answer apart. Throws a LoginError for one that holds no usable token. */
export function readAuthorization(data: AuthorizationData = {}): Authorization {
  const token = data.authorizationToken ?? '';
  const proxyHost = data.proxyEndpoint?.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return {
    ...splitToken(token),
    token,
    // A token lives for 12 hours (ECR API reference), should the answer not say so itself.
    expiresAt: data.expiresAt ?? new Date(Date.now() + 12 * HOUR_MS),
    accountId: proxyHost === undefined ? undefined : parseEcrHost(proxyHost)?.accountId,
    proxyHost,
  };
}

function splitToken(token: string): { username: string; password: string } {
  if (token === '') throw unusable('it holds no token');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(token)) throw unusable('its token is not base64');
  const decoded = Buffer.from(token, 'base64').toString('utf8');
  // Only the first colon parts the two: nothing says that a password has none.
  const colon = decoded.indexOf(':');
  if (colon < 1 || colon === decoded.length - 1) throw unusable('its token is not of the form user:password');
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** An answer of ECR that is of no use; the SDK takes what is marked so as passing. */
class UnusableAnswer extends LoginError {
  readonly $retryable = {};
}

function unusable(why: string): LoginError {
  return new UnusableAnswer(
    `ECR answered GetAuthorizationToken, but ${why}: is the endpoint really ECR, and is nothing in between?`,
  );
}
