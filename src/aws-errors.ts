import type { Identity } from './credentials/identity';
import { LoginError, codeOf, messageOf } from './errors';
import type { TokenRequest } from './token-request';

/** What to do about an error, by the name that AWS gives it. */
const REMEDIES: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'attach to this principal the statement {"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}',
  ExpiredTokenException:
    'the session of this key has ended: get fresh keys in an earlier step of the same job',
  UnrecognizedClientException:
    'AWS does not know this key: it was deleted, belongs to another partition, or its session token is missing',
  InvalidSignatureException: 'the secret key is not the one of this key id: store both again, as a pair',
  MissingAuthenticationTokenException: 'the request carried no signature: is something between here and AWS?',
  ThrottlingException: 'too many sign-ins at once for this account and region: run the job again',
  ENOTFOUND: 'no such host: is the region spelt right and open to this account, and does DNS work here?',
  ECONNREFUSED: 'nothing listens there: is the endpoint or the proxy right?',
  TimeoutError: 'no answer in time: does this machine reach the endpoint, and does it need a proxy?',
};

const ALLOW_PUBLIC =
  'attach to this principal the statement {"Effect":"Allow","Action":["ecr-public:GetAuthorizationToken","sts:GetServiceBearerToken"],"Resource":"*"}: ECR Public needs both';

/** The error that a failed GetAuthorizationToken becomes: what was asked, of whom, what came back, what to do. */
export function ecrFailure(error: unknown, request: TokenRequest, identity: Identity): LoginError {
  const name = codeOf(error) ?? (error instanceof Error ? error.name : 'Error');
  const isPublic = request.flavour === 'public';
  const remedy = isPublic && name === 'AccessDeniedException' ? ALLOW_PUBLIC : remedyFor(name, error);
  const asked = `${isPublic ? 'ECR Public' : 'ECR'} in ${request.region} gave no token to credential ${identity.id} (${identity.origin})`;
  // An answer of AWS is all in the line above, and may quote secrets; what never got an answer has a story.
  const cause = error instanceof Error && '$metadata' in error ? {} : { cause: error };
  return new LoginError(`${asked}: ${name}: ${safeMessage(error)}; ${remedy}`, cause);
}

/** What to do about an error, by the name that AWS or Node gives it. */
export function remedyFor(name: string, error?: unknown): string {
  if (statusOf(error) === 407)
    return 'the proxy wants a user and a password: write http://USER:PASSWORD@HOST:PORT';
  return REMEDIES[name] ?? 'run again with debug logging to see every attempt';
}

/** The message of an AWS error, without what may be a secret in it. */
export function safeMessage(error: unknown): string {
  // AWS quotes the request it would have signed, session token included, behind these words.
  return messageOf(error)
    .replace(/\s*The Canonical String.*$/s, '')
    .replace(/[.;\s]+$/, '');
}

// AWS never answers 407: that is a proxy on the way.
function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
