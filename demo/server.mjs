// A server on loopback that records what it is asked, and fails on demand.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * What goes wrong with an answer.
 * @typedef {object} Fault
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {'before-headers' | 'after-headers'} [reset] ends the connection
 * @property {boolean} [hang] never answers
 * @property {boolean} [stall] sends half of the body, and then nothing
 * @property {number} [delayMs]
 * @property {number} [skewMs] how far the server's clock is off
 */
/**
 * @typedef {object} Recorded
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {string} body
 * @property {number} atMs
 * @property {string} [operation]
 * @property {string} [service]
 * @property {string} [region]
 * @property {string} [accessKeyId]
 */
/** @typedef {{ status: number, headers?: Record<string, string>, body: string }} Answer */
/**
 * @typedef {object} ServerOptions
 * @property {(request: Recorded, count: number) => Fault | undefined} [fault] asked for each request; count begins at 1
 * @property {number} [latencyMs] before each answer
 * @property {{ key: string, cert: string }} [tls]
 * @property {number} [dropped] how many connections are ended as they come, before all others
 * @property {number} [hasty] how many TLS connections are answered, with 408, before they ask, before all others
 * @property {number} [port]
 * @property {string} [address]
 */
/** @typedef {{ url: string, host: string, port: number, requests: Recorded[], connections: () => number, close: () => Promise<void> }} RunningServer */

/**
 * Starts a server; `answer` may throw, which is answered with 500.
 * @param {ServerOptions} options
 * @param {(request: Recorded, fault: Fault) => Answer} answer
 * @returns {Promise<RunningServer>}
 */
export async function startServer(options, answer) {
  /** @type {Recorded[]} */
  const requests = [];
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  let connections = 0;
  /** @type {import('node:http').RequestListener} */
  const listener = (incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk) => (body += String(chunk)));
    incoming.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      );
      const recorded = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers,
        body,
        atMs: performance.now(),
      };
      requests.push(recorded);
      const fault = options.fault?.(recorded, requests.length) ?? {};
      const reply = answer(recorded, fault);
      setTimeout(
        () => {
          respond(outgoing, reply, fault);
        },
        (options.latencyMs ?? 0) + (fault.delayMs ?? 0),
      );
    });
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.on('connection', (/** @type {import('node:net').Socket} */ socket) => {
    connections += 1;
    if (connections <= (options.dropped ?? 0)) socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  let secured = 0;
  server.on('secureConnection', (/** @type {import('node:tls').TLSSocket} */ socket) => {
    secured += 1;
    if (secured <= (options.hasty ?? 0))
      socket.end('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
  });
  const address = options.address ?? '127.0.0.1';
  await new Promise((resolve) =>
    server.listen(options.port ?? 0, address, () => {
      resolve(undefined);
    }),
  );
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${address}:${String(port)}`,
    host: `${address}:${String(port)}`,
    port,
    requests,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
    },
  };
}

/** @param {import('node:http').ServerResponse} outgoing @param {Answer} reply @param {Fault} fault */
function respond(outgoing, reply, fault) {
  if (fault.hang === true) return;
  if (fault.reset === 'before-headers') {
    outgoing.destroy();
    return;
  }
  const body = fault.body ?? reply.body;
  outgoing.writeHead(fault.status ?? reply.status, {
    date: new Date(Date.now() + (fault.skewMs ?? 0)).toUTCString(),
    'content-length': Buffer.byteLength(body),
    ...reply.headers,
    ...fault.headers,
  });
  if (fault.reset === 'after-headers')
    outgoing.write(body.slice(0, body.length / 2), () => outgoing.destroy());
  else if (fault.stall === true) outgoing.write(body.slice(0, body.length / 2));
  else outgoing.end(body);
}
