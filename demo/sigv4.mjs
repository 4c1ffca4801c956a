// Checks AWS Signature Version 4 as AWS does, with nothing but Node.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** @typedef {{ accessKeyId: string, secretAccessKey: string, sessionToken?: string }} Keys */
/** @typedef {{ method: string, path: string, query: string, headers: Record<string, string>, body: string }} SignedRequest */
/** @typedef {[string, string, string, string, string, string]} SixStrings */
/** @typedef {{ keys: Keys, region: string, service: string }} Signer */

const FIVE_MINUTES_MS = 300_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** An error as AWS answers it: its code and its message. */
export class AwsError extends Error {
  /** @param {string} code @param {string} message @param {number} [status] */
  constructor(code, message, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** @param {string | Buffer} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Who signed a request, or an AwsError in AWS's own words.
 * @param {SignedRequest} request
 * @param {(accessKeyId: string) => Keys | undefined} findKeys
 * @param {number} now milliseconds since 1970, by the server's clock
 * @returns {Signer}
 */
export function verifySignature(request, findKeys, now) {
  const { headers } = request;
  const match = AUTHORIZATION.exec(headers['authorization'] ?? '');
  if (match === null)
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [accessKeyId, day, region, service, names, signature] = /** @type {SixStrings} */ (match.slice(1));
  const keys = findKeys(accessKeyId);
  if (keys === undefined || keys.sessionToken !== headers['x-amz-security-token']) {
    throw new AwsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  checkDate(headers['x-amz-date'] ?? '', now);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = canonicalRequest(request, names.split(';'));
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce(
    (/** @type {string | Buffer} */ secret, part) => hmac(secret, part),
    `AWS4${keys.secretAccessKey}`,
  );
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) {
    throw new AwsError(
      'InvalidSignatureException',
      `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'${canonical}'\n\nThe String-to-Sign should have been\n'${toSign}'\n`,
    );
  }
  return { keys, region, service };
}

/** @param {string} date @param {number} now */
function checkDate(date, now) {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signed = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  if (Math.abs(now - signed) <= FIVE_MINUTES_MS) return;
  const why =
    signed < now
      ? `Signature expired: ${date} is now earlier than ${stamp} (${stamp} - 5 min.)`
      : `Signature not yet current: ${date} is still later than ${stamp} (${stamp} + 5 min.)`;
  throw new AwsError('InvalidSignatureException', why);
}

/** @param {SignedRequest} request @param {string[]} names */
function canonicalRequest({ method, path, query, headers, body }, names) {
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`);
  return [method, path, query, ...lines, '', names.join(';'), sha256(body)].join('\n');
}
