import * as http from 'node:http';
import * as https from 'node:https';
import { LoginError, codeOf, messageOf } from '../errors';
import type { Network } from '../network';
import { type ProxySettings, agentFor } from '../proxy';
import { type Judged, retryAfterMs } from '../retry';
import { isPassingStatus, judgeNetwork, judgeStatus } from '../passing';
import { mask } from '../runner';
import type { OidcOffer } from './source';

const ANSWER_MS = 10_000;

/** An answer of the runner's service that holds no token. */
class Refusal extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(status: number, retryAfter: string | undefined) {
    super(status === 200 ? 'an answer without a value in it' : `status ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * Asks the runner for an OIDC token that is meant for `audience`, and masks it. Throws a LoginError, which
 * holds nothing of the answer, where there is none to be had.
 */
export async function requestOidcToken(
  offer: OidcOffer,
  audience: string,
  { retries, proxy }: Pick<Network, 'retries' | 'proxy'>,
): Promise<string> {
  mask(offer.requestToken);
  const url = `${offer.url}${offer.url.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`;
  try {
    return await retries.run(
      "The runner's OIDC service",
      () => attempt(url, offer.requestToken, proxy),
      judge,
    );
  } catch (error) {
    throw failure(error, audience);
  }
}

async function attempt(url: string, requestToken: string, proxy: ProxySettings): Promise<string> {
  const { status, body, retryAfter } = await get(
    url,
    requestToken,
    (await agentFor(new URL(url).hostname, proxy)) ?? false,
  );
  const token = status === 200 ? tokenIn(body) : undefined;
  if (token === undefined) throw new Refusal(status, retryAfter);
  mask(token);
  return token;
}

function judge(error: unknown): Judged | undefined {
  if (!(error instanceof Refusal)) return judgeNetwork(error);
  if (error.status === 200) return { passing: 'transient', why: error.message };
  return judgeStatus(error.status, retryAfterMs(error.retryAfter));
}

function failure(error: unknown, audience: string): LoginError {
  const asked = `The runner gave no OIDC token for the audience ${audience}`;
  if (!(error instanceof Refusal)) {
    const why = codeOf(error) ?? messageOf(error);
    return new LoginError(`${asked}: ${why}; does this runner reach its own service? Run the job again`, {
      cause: error,
    });
  }
  if (error.status === 200)
    return new LoginError(`${asked}: the answer of its service has no value in it; run the job again`);
  const remedy = isPassingStatus(error.status)
    ? 'that passes: run the job again'
    : 'has the job the permission id-token: write, and may its audience be this one?';
  return new LoginError(`${asked}: its service answered ${error.status}; ${remedy}`);
}

// Node's own client: @actions/core has one too, and with it loads undici.
function get(
  url: string,
  requestToken: string,
  agent: http.Agent | false,
): Promise<{ status: number; body: string; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
    const client = url.startsWith('http:') ? http : https;
    const request = client.get(url, { headers, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, retryAfter: response.headers['retry-after'] });
      });
    });
    // Of the whole: the socket's own timeout begins again with every byte.
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    }, ANSWER_MS);
    request.on('error', reject).on('close', () => {
      clearTimeout(timer);
    });
  });
}

function tokenIn(body: string): string | undefined {
  try {
    const { value } = JSON.parse(body) as { value?: unknown };
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
