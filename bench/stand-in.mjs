// The servers that the bench runs against, in a thread of their own.
import { parentPort, workerData } from 'node:worker_threads';
import { startAws } from '../demo/aws.mjs';
import { startRegistry } from '../demo/registry.mjs';

/** @typedef {{ latencyMs: number, keys: { id: string, secret: string } }} Settings */
/** @param {unknown} data @returns {Settings} */
const settingsIn = (data) => /** @type {Settings} */ (data);
const { latencyMs, keys } = settingsIn(workerData);
/** @type {string[]} */
const urls = [];
const identity = { accessKeyId: keys.id, secretAccessKey: keys.secret, accountId: '123456789012' };
const aws = await startAws({
  latencyMs,
  identities: [identity],
  registryUrl: () => urls[0] ?? '',
});
const registries = await Promise.all(
  Array.from({ length: 20 }, () => startRegistry({ latencyMs, accepts: () => true })),
);
urls.push(...registries.map(({ url }) => url));
parentPort?.postMessage({ aws: aws.url, hosts: registries.map(({ host }) => host) });
parentPort?.on('message', () => {
  const registry = registries.reduce((sum, { requests }) => sum + requests.length, 0);
  parentPort?.postMessage({ ecr: aws.requests.length, registry });
});
