import type { Agent, IncomingMessage } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpRequest } from '@smithy/types';
import { elapsedMs } from './clock';
import { codeOf } from './errors';
import type { Log } from './log';
import type { Network } from './network';
import { type ProxySettings, agentFor } from './proxy';

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
const TIMES = { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true };

/**
 * The HTTP handler of every AWS client: each attempt has its own timeout (5 s to connect, 10 s for an
 * answer), and each is told at debug level, with what AWS support would ask for and nothing secret.
 */
export class TracingHandler extends NodeHttpHandler {
  readonly #log: Log;
  readonly #proxy: ProxySettings;

  constructor({ log, proxy, agent }: Pick<Network, 'log' | 'proxy' | 'agent'>) {
    super({ ...TIMES, httpsAgent: agent });
    this.#log = log;
    this.#proxy = proxy;
  }

  override async handle(
    ...args: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const [request] = args;
    const started = elapsedMs();
    const ms = (): string => `${(elapsedMs() - started).toFixed(0)} ms`;
    try {
      const agent = await agentFor(request.hostname, this.#proxy);
      const answer = await (agent === undefined ? super.handle(...args) : through(agent, args));
      const { statusCode, headers } = answer.response;
      endInTime(answer.response.body as IncomingMessage, ANSWER_MS - (elapsedMs() - started));
      const requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'] ?? 'none';
      this.#log.debug(`${describe(request)}: status ${statusCode}, request id ${requestId}, ${ms()}`);
      return answer;
    } catch (error) {
      this.#log.debug(`${describe(request)}: ${codeOf(error) ?? 'no answer'}, ${ms()}`);
      throw error;
    }
  }
}

/**
 * Reads the body of an answer to its end. The SDK's own first looks whether it is a web stream, for which Node
 * loads all of those: 1 ms.
 */
export function readBody(body: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    body.on('data', (part: Buffer) => parts.push(part));
    body.once('error', reject);
    body.once('end', () => {
      resolve(Buffer.concat(parts));
    });
  });
}

function through(
  agent: Agent,
  args: Parameters<NodeHttpHandler['handle']>,
): ReturnType<NodeHttpHandler['handle']> {
  // Https requests too: the agent asks the proxy for a tunnel, and speaks TLS in it.
  return new NodeHttpHandler({ ...TIMES, httpAgent: agent, httpsAgent: agent }).handle(...args);
}

// The handler's own timeout ends with the headers: a body that never ends would keep the step for minutes.
function endInTime(body: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    body.destroy(Object.assign(new Error('the answer did not end in time'), { name: 'TimeoutError' }));
  }, ms);
  body.once('close', () => {
    clearTimeout(timer);
  });
}

type RequestLine = Pick<HttpRequest, 'headers' | 'protocol' | 'hostname' | 'port' | 'body'>;

/** What a request is, from its headers: service, operation, region, endpoint and attempt. */
function describe(request: RequestLine): string {
  const { headers, protocol, hostname, port } = request;
  // The scope of a signature is DATE/REGION/SERVICE/aws4_request; a call without one has no signature.
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers['authorization'] ?? '');
  const [, region = 'no region', service = 'unsigned'] = scope ?? [];
  const attempt = /attempt=(\d+)/.exec(headers['amz-sdk-request'] ?? '');
  const endpoint = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return `AWS call ${service} ${operationOf(request)} in ${region} at ${endpoint}, attempt ${attempt?.[1] ?? '1'}`;
}

// JSON services name the operation in a header, query services in the body, which may hold secrets beside it.
function operationOf({ headers, body }: RequestLine): string {
  const target = headers['x-amz-target']?.split('.').at(-1);
  if (target !== undefined) return target;
  return (typeof body === 'string' ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined) ?? 'request';
}
