import * as http from 'node:http';
import * as https from 'node:https';
import { LoginError, codeOf, messageOf } from './errors';

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
  const said = await ask(host, username, password);
  return `asked directly, ${said ?? 'the registry takes the same login: run the job again'}`;
}

/**
 * Signs in to a registry without any client, by a request of our own. Throws a LoginError that says what the
 * registry answers to a login that it does not take.
 */
export async function checkLogin(
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  const said = await ask(host, username, password);
  if (said !== undefined) throw new LoginError(`The login to ${host} failed: ${said}`);
}

// What the registry does not like about a login, in words; undefined where it takes it.
async function ask(host: string, username: string, password: string): Promise<string | undefined> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  try {
    const answer = await askRegistry(host, authorization);
    return answer.status === 200 ? undefined : inWords(answer).replaceAll(password, '***');
  } catch (error) {
    return `${host} does not answer (${codeOf(error) ?? messageOf(error)}): is it reachable from this runner, and does it need a proxy?`;
  }
}

/** True for a registry on this machine, which docker takes without TLS. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

async function askRegistry(host: string, authorization: string): Promise<RegistryAnswer> {
  try {
    return await get(https, `https://${host}/v2/`, authorization);
  } catch (error) {
    // Docker too takes a registry on loopback without TLS, and no other.
    if (!isLoopback(host)) throw error;
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
  const later = retryAfter === undefined ? '' : `, to be tried again after ${retryAfter} s`;
  return `the registry answers ${status}${reason(body)}${later}: ${remedy(status)}`;
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
