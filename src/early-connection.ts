import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type * as Aws from './aws';
import type { Inputs } from './inputs';
import { ecrApiHost } from './partition';

const PORT = 443;

/**
 * An agent for HTTPS that connects before it is asked to. The SDK takes 30 ms to be loaded and to sign its first
 * request, in which a name is looked up and a connection made.
 */
export class EarlyAgent extends Agent {
  readonly #waiting = new Map<string, Duplex>();
  readonly #isElsewhere: boolean;

  /** `isElsewhere`: something could lead elsewhere than to AWS's own hosts, and no connection is made early. */
  constructor(isElsewhere: boolean) {
    // As the SDK's own.
    super({ keepAlive: true, maxSockets: 50 });
    this.#isElsewhere = isElsewhere;
  }

  /** Begins to connect to a host of AWS. Where that fails, or is of no use, nobody hears of it. */
  connect(host: string): void {
    if (this.#isElsewhere) return;
    const socket = super.createConnection({ ...this.options, host, port: PORT, servername: host });
    socket?.on('error', () => undefined);
    if (socket) this.#waiting.set(host, socket);
  }

  /** Gives the connection that waits, if it is still good, else a new one. */
  override createConnection(
    ...[options, callback]: Parameters<Agent['createConnection']>
  ): ReturnType<Agent['createConnection']> {
    const host = options.host ?? '';
    const socket = Number(options.port) === PORT ? this.#waiting.get(host) : undefined;
    if (socket === undefined || socket.destroyed) return super.createConnection(options, callback);
    this.#waiting.delete(host);
    return socket;
  }
}

/**
 * Begins to connect to the APIs of ECR that are going to be asked, as far as the references tell. Not where
 * something leads elsewhere, as far as that is known without the SDK: what leads elsewhere nonetheless, such as
 * a profile, leaves a connection unused.
 */
export async function connectEarly(
  { references, region, proxy }: Pick<Inputs, 'references' | 'region' | 'proxy'>,
  env: NodeJS.ProcessEnv,
): Promise<EarlyAgent> {
  const leads = Object.keys(env).some((name) => /^AWS_(?:ENDPOINT_URL|USE_|CA_BUNDLE)/.test(name));
  const agent = new EarlyAgent(leads || proxy.url !== undefined);
  const hosts = references.map(({ reference }) => ecrApiHost(reference.flavour, reference.region ?? region));
  for (const host of new Set(hosts)) if (host !== undefined) agent.connect(host);
  await untilNextTurn();
  return agent;
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
