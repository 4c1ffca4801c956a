// npm run bench:latency: what is done while others are waited for, over a network that takes its time. The names
// are AWS's own, on loopback and over TLS, in a mount namespace; so it needs root, and Linux.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { makeCertificate, withHostNames } from '../demo/private-names.mjs';
import { inputVariables, readAction } from '../demo/runner.mjs';
import { ROUNDS, median, shuffled } from './measure.mjs';

const ROUND_TRIPS_MS = [10, 40, 80];
const API = 'api.ecr.eu-west-1.amazonaws.com';
const REGISTRY = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const KEYS = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

const directory = mkdtempSync(join(tmpdir(), 'latency-'));
const home = join(directory, 'home');
const { authority, tls } = makeCertificate(directory, [API, REGISTRY]);
const action = readAction();

/** @type {readonly [string, Record<string, string>, Record<string, string>][]} */
const VARIANTS = [
  // A variable that leads nowhere else, but could: with it no connection is made early.
  ['nothing early', {}, { AWS_USE_FIPS_ENDPOINT: 'false' }],
  ['connection', {}, {}],
  ['connection and client (registry named)', { registry: REGISTRY }, {}],
];

/** @param {Record<string, string>} inputs @param {Record<string, string>} more @param {readonly string[]} wrapper */
function signIn(inputs, more, wrapper) {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  const file = (/** @type {string} */ name) => {
    writeFileSync(join(directory, name), '');
    return join(directory, name);
  };
  const all = {
    ...action.inputs,
    credential: 'ecr:eu-west-1:bench',
    'aws-access-key-id': KEYS.id,
    'aws-secret-access-key': KEYS.secret,
    ...inputs,
  };
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    RUNNER_TEMP: directory,
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    NODE_EXTRA_CA_CERTS: authority,
    SSL_CERT_FILE: authority,
    ...more,
    ...inputVariables(all),
  };
  const [tool = '', ...args] = wrapper.concat(process.execPath, action.main);
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(tool, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
  return performance.now() - started;
}

console.log(`Whole sign-in, ${String(ROUNDS)} rounds, median milliseconds\n`);
console.log(`round trip  ${VARIANTS.map(([name]) => name).join(' | ')}`);
for (const roundTripMs of ROUND_TRIPS_MS) {
  const settings = { workerData: { oneWayMs: roundTripMs / 2, tls, keys: KEYS } };
  const worker = new Worker(new URL('far.mjs', import.meta.url), settings);
  /** @type {{ api: string, registry: string }} */
  const { api, registry } = await new Promise((resolve) => worker.once('message', resolve));
  const wrapper = withHostNames(directory, { [api]: [API], [registry]: [REGISTRY] });
  /** @type {Map<string, number[]>} */
  const times = new Map(VARIANTS.map(([name]) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, inputs, env] of shuffled(VARIANTS)) {
      const ms = signIn(inputs, env, wrapper);
      // The first round warms up.
      if (round > 0) times.get(name)?.push(ms);
    }
  const medians = [...times.values()].map(median);
  console.log(`${String(roundTripMs).padStart(7)} ms  ${medians.map((ms) => ms.toFixed(0)).join(' | ')}`);
  await worker.terminate();
}
rmSync(directory, { recursive: true, force: true });
