import * as http from 'node:http';
import * as https from 'node:https';
import { codeOf, messageOf } from './errors';
import { type ProxySettings, agentFor } from './proxy';

/** What a registry answered to a sign-in; status 0 where it gave no answer, and `body` says why. */
export interface RegistryAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const ANSWER_MS = 5_000;
const MOST_BYTES = 16_384;

/**
 * Asks the registry's `/v2/` with the login that docker could not use: docker throws the answer's body and
 * its Retry-After away. The password is nowhere in what comes back. Never throws.
 */
export async function askRegistry(
  {
    host,
    authorization: { username, password },
  }: {
    readonly host: string;
    readonly authorization: { readonly username: string; readonly password: string };
  },
  proxy: ProxySettings,
): Promise<RegistryAnswer> {
  const token = Buffer.from(`${username}:${password}`).toString('base64');
  try {
    const answer = await getEitherWay(host, `Basic ${token}`, proxy);
    return { ...answer, body: answer.body.replaceAll(password, '***').replaceAll(token, '***') };
  } catch (error) {
    return { status: 0, retryAfter: undefined, body: codeOf(error) ?? messageOf(error) };
  }
}

/** Says in words what the registry answered, and what to do. */
export function explainRegistry(host: string, answer: RegistryAnswer): string {
  if (answer.status !== 0) return inWords(answer);
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(answer.body)) {
    return `${host} shows a certificate that is not trusted here (${answer.body}): add its authority to the system's store, for docker to /etc/docker/certs.d/${host}, and name its file in NODE_EXTRA_CA_CERTS`;
  }
  return `${host} does not answer (${answer.body}): is it reachable from this runner, and does it need a proxy?`;
}

/** True for a registry on this machine, which docker takes without TLS. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

async function getEitherWay(
  host: string,
  authorization: string,
  proxy: ProxySettings,
): Promise<RegistryAnswer> {
  const agent = (await agentFor(host.replace(/:\d+$/, ''), proxy)) ?? false;
  try {
    return await get(https, `https://${host}/v2/`, authorization, agent);
  } catch (error) {
    // Docker too takes a registry on loopback without TLS, and no other.
    if (!isLoopback(host)) throw error;
    return get(http, `http://${host}/v2/`, authorization, agent);
  }
}

function get(
  client: typeof http | typeof https,
  url: string,
  authorization: string,
  agent: http.Agent | false,
): Promise<RegistryAnswer> {
  return new Promise((resolve, reject) => {
    const request = client.get(url, { headers: { authorization }, timeout: ANSWER_MS, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (body.length < MOST_BYTES) body += chunk;
      });
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body });
      });
    });
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer in time')));
  });
}

function inWords({ status, retryAfter, body }: RegistryAnswer): string {
  if (status === 200) return 'the registry takes the same login from us: run the job again';
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
