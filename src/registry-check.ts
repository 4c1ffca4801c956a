import * as http from 'node:http';
import * as https from 'node:https';
import { codeOf, messageOf } from './errors';

/** A registry's answer to a sign-in. */
interface RegistryAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const ANSWER_MS = 5_000;
const MOST_BYTES = 16_384;

/**
 * Asks the registry's `/v2/` with the login that docker could not use, and says in words what it answered and
 * what to do. Docker throws the answer's body away; it is what the reader needs. Never throws.
 */
export async function explainRegistry(
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  try {
    return inWords(await askRegistry(host, authorization)).replaceAll(password, '***');
  } catch (error) {
    return `asked directly, ${host} does not answer either (${codeOf(error) ?? messageOf(error)}): is it reachable from this runner, and does it need a proxy?`;
  }
}

async function askRegistry(host: string, authorization: string): Promise<RegistryAnswer> {
  try {
    return await get(https, `https://${host}/v2/`, authorization);
  } catch (error) {
    // Docker too takes a registry on loopback without TLS, and no other.
    if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host)) throw error;
    return get(http, `http://${host}/v2/`, authorization);
  }
}

function get(
  client: typeof http | typeof https,
  url: string,
  authorization: string,
): Promise<RegistryAnswer> {
  return new Promise((resolve, reject) => {
    const request = client.get(
      url,
      { headers: { authorization }, timeout: ANSWER_MS, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (body.length < MOST_BYTES) body += chunk;
        });
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body });
        });
      },
    );
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer in time')));
  });
}

function inWords({ status, retryAfter, body }: RegistryAnswer): string {
  if (status === 200) return 'asked directly, the registry takes the same login: run the job again';
  const later = retryAfter === undefined ? '' : `, to be tried again after ${retryAfter} s`;
  return `asked directly, the registry answers ${status}${reason(body)}${later}: ${remedy(status)}`;
}

// {"errors":[{"code":"DENIED","message":"Your authorization token has expired. …"}]}
function reason(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: readonly { message?: unknown }[] };
    const message = errors?.[0]?.message;
    return typeof message === 'string' ? ` "${message.replaceAll(/\s+/g, ' ').slice(0, 300)}"` : '';
  } catch {
    return '';
  }
}

function remedy(status: number): string {
  if (status === 400)
    return 'ECR so refuses a token of another region or one that has been cut: is the registry in the region of the reference?';
  if (status === 401) return 'the token is not for this registry: is it the registry that you mean?';
  if (status === 403) return 'a registry or VPC endpoint policy forbids it, or the token has expired';
  if (status === 429 || status >= 500) return 'that passes: run the job again';
  return 'is this the host of a registry?';
}
