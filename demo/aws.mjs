// Stands in for ECR: checks each signature, and hands out tokens that look like AWS's own.
import { randomBytes, randomUUID } from 'node:crypto';
import { startServer } from './server.mjs';
import { AwsError, verifySignature } from './sigv4.mjs';

/** @typedef {import('./sigv4.mjs').Keys & { accountId: string, denied?: boolean }} Identity */
/** @typedef {{ password: string, accountId: string, region: string, expiresAt: number }} Token */
/**
 * @typedef {object} AwsOptions
 * @property {Identity[]} identities who may ask
 * @property {(region: string, accountId: string) => string} [registryUrl] the proxyEndpoint; default: AWS's own
 * @property {string} [password] the password of every token; default: a new one each
 * @property {number} [tokenLifeMs] default: 12 hours, as ECR's
 */
/** @typedef {import('./server.mjs').RunningServer & { tokens: Token[] }} Aws */

const TWELVE_HOURS_MS = 43_200_000;
const PRIVATE = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
const PUBLIC = 'SpencerFrontendService.GetAuthorizationToken';

/**
 * Starts the stand-in.
 * @param {AwsOptions & import('./server.mjs').ServerOptions} options
 * @returns {Promise<Aws>}
 */
export async function startAws(options) {
  /** @type {Token[]} */
  const tokens = [];
  const server = await startServer(options, (request, fault) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() };
    try {
      const now = Date.now() + (fault.skewMs ?? 0);
      return { status: 200, headers, body: JSON.stringify(getAuthorizationToken(request, now)) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const body = JSON.stringify({ __type: error.code, message: error.message });
      return { status: error.status, headers, body };
    }
  });

  /** @param {import('./server.mjs').Recorded} request @param {number} now */
  function getAuthorizationToken(request, now) {
    const target = request.headers['x-amz-target'] ?? '';
    const { method, url, headers, body } = request;
    const [path = '/', query = ''] = url.split('?');
    request.operation = target.split('.').at(-1) ?? '';
    const signed = { method, path, query, headers, body };
    const signer = verifySignature(
      signed,
      (id) => options.identities.find(({ accessKeyId }) => accessKeyId === id),
      now,
    );
    Object.assign(request, {
      service: signer.service,
      region: signer.region,
      accessKeyId: signer.keys.accessKeyId,
    });
    const identity = /** @type {Identity} */ (signer.keys);
    if (target !== PRIVATE && target !== PUBLIC) throw new AwsError('UnknownOperationException', '');
    const service = target === PUBLIC ? 'ecr-public' : 'ecr';
    if (signer.service !== service)
      throw new AwsError(
        'InvalidSignatureException',
        `Credential should be scoped to correct service: '${service}'.`,
      );
    if (identity.denied === true) throw denied(identity, service);
    return target === PUBLIC ? forPublic(signer.region, identity) : forPrivate(signer.region, identity);
  }

  /** @param {string} region @param {Identity} identity */
  function forPrivate(region, { accountId }) {
    const token = newToken(region, accountId);
    const proxyEndpoint =
      options.registryUrl?.(region, accountId) ?? `https://${accountId}.dkr.ecr.${region}.amazonaws.com`;
    return { authorizationData: [{ ...token, proxyEndpoint }] };
  }

  /** @param {string} region @param {Identity} identity */
  function forPublic(region, { accountId }) {
    if (region !== 'us-east-1')
      throw new AwsError(
        'UnsupportedCommandException',
        'GetAuthorizationToken command is only supported in us-east-1.',
      );
    return { authorizationData: newToken(region, accountId) };
  }

  /** @param {string} region @param {string} accountId */
  function newToken(region, accountId) {
    const expiresAt = Date.now() + (options.tokenLifeMs ?? TWELVE_HOURS_MS);
    const secret = {
      payload: randomBytes(1_350).toString('base64'),
      datakey: randomBytes(120).toString('base64'),
      version: '2',
      type: 'DATA_KEY',
      expiration: Math.floor(expiresAt / 1_000),
    };
    const password = options.password ?? Buffer.from(JSON.stringify(secret)).toString('base64');
    tokens.push({ password, accountId, region, expiresAt });
    return {
      authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
      expiresAt: expiresAt / 1_000,
    };
  }

  return { ...server, tokens };
}

/** @param {Identity} identity @param {string} service */
function denied({ accountId }, service) {
  const action = `${service}:GetAuthorizationToken`;
  return new AwsError(
    'AccessDeniedException',
    `User: arn:aws:iam::${accountId}:user/ci is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
  );
}
