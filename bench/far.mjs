// The servers of the latency bench, in a thread of their own: whatever goes to them or comes from them is on its
// way for a while. What they cannot delay is the first round trip of TCP, which the system makes by itself.
import { connect, createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { startAws } from '../demo/aws.mjs';
import { startRegistry } from '../demo/registry.mjs';

/** @typedef {{ oneWayMs: number, tls: { key: string, cert: string }, keys: { id: string, secret: string } }} Settings */
/** @param {unknown} data @returns {Settings} */
const settingsIn = (data) => /** @type {Settings} */ (data);
const { oneWayMs, tls, keys } = settingsIn(workerData);
const [api, registry] = ['127.77.0.1', '127.77.0.2'];

const identity = { accessKeyId: keys.id, secretAccessKey: keys.secret, accountId: '123456789012' };
const servers = [
  { address: api, port: (await startAws({ identities: [identity], tls })).port },
  { address: registry, port: (await startRegistry({ accepts: () => true, tls })).port },
];

/** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
function passOn(from, to) {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), oneWayMs));
  from.on('end', () => setTimeout(() => to.end(), oneWayMs));
  from.on('error', () => to.destroy());
}

for (const { address, port } of servers)
  await new Promise((resolve) => {
    createServer((near) => {
      const server = connect(port);
      passOn(near, server);
      passOn(server, near);
    }).listen(443, address, () => {
      resolve(undefined);
    });
  });
parentPort?.postMessage({ api, registry });
