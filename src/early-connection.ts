import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { homedir } from 'node:os';
import type { Duplex } from 'node:stream';
import type * as Aws from './aws';
import { awsFile } from './aws-files';
import { elapsedMs } from './clock';
import { LoginError, codeOf, messageOf } from './errors';
import type { Inputs } from './inputs';
import { ecrApiHost } from './partition';

const PORT = 443;
// A firewall may forget a connection that nobody uses, and not say so.
const GOOD_FOR_MS = 20_000;

/** A connection that was made before anybody asked for it. */
interface Waiting {
  readonly socket: Duplex;
  readonly since: number;
}

/** What an agent is to know from the start. */
interface AgentOptions {
  /** Something could lead elsewhere than to AWS's own hosts: no connection is made early. */
  readonly isElsewhere: boolean;
  /** The certificates of the authorities to trust, where these are not Node's own. */
  readonly authorities?: readonly string[] | undefined;
}

/**
 * An agent for HTTPS to AWS that connects before it is asked to. The SDK takes 30 ms to be loaded and to sign its
 * first request, in which a name is looked up and a connection made.
 */
export class EarlyAgent extends Agent {
  readonly #waiting = new Map<string, Waiting>();
  readonly #isElsewhere: boolean;

  constructor({ isElsewhere, authorities }: AgentOptions) {
    // As the SDK's own.
    super({ keepAlive: true, maxSockets: 50, ...(authorities && { ca: [...authorities] }) });
    this.#isElsewhere = isElsewhere;
  }

  /** Begins to connect to a host of AWS. Where that fails, or is of no use, nobody hears of it. */
  connect(host: string): void {
    if (this.#isElsewhere || this.#waiting.has(host)) return;
    const socket = super.createConnection({ ...this.options, host, port: PORT, servername: host });
    socket?.on('error', () => undefined);
    if (socket) this.#waiting.set(host, { socket, since: elapsedMs() });
  }

  /** Gives the connection that waits, if it is still good, else a new one. */
  override createConnection(
    ...[options, callback]: Parameters<Agent['createConnection']>
  ): ReturnType<Agent['createConnection']> {
    const host = options.host ?? '';
    const waiting = Number(options.port) === PORT ? this.#waiting.get(host) : undefined;
    if (waiting === undefined) return super.createConnection(options, callback);
    this.#waiting.delete(host);
    return isGood(waiting) ? waiting.socket : super.createConnection(options, callback);
  }
}

// What the other side has said before it was asked anything would be taken for the answer.
function isGood({ socket, since }: Waiting): boolean {
  return !socket.destroyed && socket.readableLength === 0 && elapsedMs() - since < GOOD_FOR_MS;
}

/**
 * Begins to connect to the APIs of ECR that are going to be asked, as far as the references and registries tell.
 * Gives the agent for all HTTPS to AWS. Throws a LoginError for an AWS_CA_BUNDLE that cannot be read.
 */
export async function connectEarly(inputs: Inputs, env: NodeJS.ProcessEnv): Promise<EarlyAgent> {
  const isElsewhere = inputs.proxy.url !== undefined || leadsElsewhere(env);
  const agent = new EarlyAgent({ isElsewhere, authorities: await readAuthorities(env) });
  for (const host of hostsOf(inputs)) agent.connect(host);
  await untilNextTurn();
  return agent;
}

function hostsOf({ references, registries, region }: Inputs): readonly string[] {
  const named = registries.map((registry) =>
    registry.kind === 'ecr' && !registry.fips && !registry.dualStack ? registry.region : undefined,
  );
  return references.flatMap(({ reference: { flavour, region: own } }) => {
    const regions = own !== undefined ? [own] : named.length > 0 ? named : [region];
    return regions.flatMap((each) => ecrApiHost(flavour, each) ?? []);
  });
}

/**
 * Whether something could have the SDK ask elsewhere than at AWS's usual hosts. A connection in vain would do
 * worse than nothing: where no name server answers, the process waits for it at its end.
 */
function leadsElsewhere(env: NodeJS.ProcessEnv): boolean {
  if (Object.keys(env).some((name) => /^AWS_(?:ENDPOINT_URL|USE_)/.test(name))) return true;
  const file = awsFile('config', env, homedir());
  try {
    return existsSync(file) && /endpoint_url|use_fips|use_dualstack/i.test(readFileSync(file, 'utf8'));
  } catch {
    return true;
  }
}

/** Node's authorities, and those of AWS_CA_BUNDLE: the AWS CLI trusts that file, the JavaScript SDK does not read it. */
async function readAuthorities(env: NodeJS.ProcessEnv): Promise<readonly string[] | undefined> {
  const file = env['AWS_CA_BUNDLE'] ?? '';
  if (file === '') return undefined;
  const { rootCertificates } = await import('node:tls');
  try {
    return [...rootCertificates, readFileSync(file, 'utf8')];
  } catch (error) {
    throw new LoginError(
      `AWS_CA_BUNDLE names ${file}, which cannot be read: ${codeOf(error) ?? messageOf(error)}`,
    );
  }
}

/** Loads all that asks AWS. */
export async function loadAws(): Promise<typeof Aws> {
  await untilNextTurn();
  const aws = await import('./aws');
  await untilNextTurn();
  return aws;
}

// Node takes a connection a step further only between two pieces of work.
function untilNextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
