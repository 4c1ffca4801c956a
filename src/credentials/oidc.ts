import * as http from 'node:http';
import * as https from 'node:https';
import { LoginError, codeOf, messageOf } from '../errors';
import { mask } from '../runner';
import type { OidcOffer } from './source';

const ANSWER_MS = 10_000;

/**
 * Asks the runner for an OIDC token that is meant for `audience`, and masks it. Throws a LoginError, which
 * holds nothing of the answer, where there is none to be had.
 */
export async function requestOidcToken(offer: OidcOffer, audience: string): Promise<string> {
  mask(offer.requestToken);
  const url = `${offer.url}${offer.url.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`;
  const asked = `The runner gave no OIDC token for the audience ${audience}`;
  const { status, body } = await get(url, offer.requestToken).catch((error: unknown) => {
    const why = codeOf(error) ?? messageOf(error);
    throw new LoginError(`${asked}: ${why}; does this runner reach its own service? Run the job again`, {
      cause: error,
    });
  });
  if (status !== 200) {
    const remedy =
      status >= 500 || status === 429
        ? 'that passes: run the job again'
        : 'has the job the permission id-token: write, and may its audience be this one?';
    throw new LoginError(`${asked}: its service answered ${status}; ${remedy}`);
  }
  const token = tokenIn(body);
  if (token === undefined)
    throw new LoginError(`${asked}: the answer of its service has no value in it; run the job again`);
  mask(token);
  return token;
}

// Node's own client: @actions/core has one too, and with it loads undici.
function get(url: string, requestToken: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
    const client = url.startsWith('http:') ? http : https;
    const request = client.get(url, { headers, timeout: ANSWER_MS, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer in time')));
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
