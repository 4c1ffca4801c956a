// npm run bench: what a sign-in costs as a whole process, beside the least that it could cost, all in one run.
// With --plot it draws docs/regions.svg anew, too. ROUNDS says how often each is measured.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { inputVariables, parseFileCommand, readAction, stateVariables } from '../demo/runner.mjs';
import { ROUNDS, median, shuffled } from './measure.mjs';
import { plot } from './plot.mjs';

const REGIONS = [1, 2, 5, 10, 20];
const LATENCY_MS = 100;
const KEYS = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const BY_HAND = 'aws ecr get-login-password | docker login';
const NAMES = ['bare node', 'floor', 'main', 'main, registry named', 'post', BY_HAND, ...REGIONS.map(String)];

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const home = join(directory, 'home');
const scratch = join(directory, 'scratch');
const action = readAction();

/** @typedef {{ aws: string, hosts: string[], requests: () => Promise<{ ecr: number, registry: number }>, stop: () => Promise<number> }} StandIn */

// The stand-in has a thread of its own, so that waiting for a process here does not keep it from answering.
/** @param {number} latencyMs @returns {Promise<StandIn>} */
async function startStandIn(latencyMs) {
  const settings = { workerData: { latencyMs, keys: KEYS } };
  const worker = new Worker(new URL('stand-in.mjs', import.meta.url), settings);
  /** @returns {Promise<unknown>} */
  const message = () => new Promise((resolve) => worker.once('message', resolve));
  const found = /** @type {Pick<StandIn, 'aws' | 'hosts'>} */ (await message());
  const requests = async () => {
    worker.postMessage('requests');
    return /** @type {{ ecr: number, registry: number }} */ (await message());
  };
  return { ...found, requests, stop: () => worker.terminate() };
}

/** Everything as it is before a run. @param {string} host */
function reset(host) {
  for (const each of [home, scratch]) rmSync(each, { recursive: true, force: true });
  for (const each of [join(home, '.docker'), scratch]) mkdirSync(each, { recursive: true });
  const mode = 0o600;
  writeFileSync(join(home, '.docker', 'config.json'), '{"auths":{"ghcr.io":{"auth":"eDp5"}}}', { mode });
  writeFileSync(join(scratch, 'config.json'), `{"auths":{"${host}":{}}}`, { mode });
  for (const name of ['output', 'state', 'env']) writeFileSync(join(directory, name), '');
}

/** @param {Record<string, string>} inputs @param {StandIn} standIn @returns {NodeJS.ProcessEnv} */
function environment(inputs, { aws, hosts }) {
  const all = {
    ...action.inputs,
    'aws-access-key-id': KEYS.id,
    'aws-secret-access-key': KEYS.secret,
    ...inputs,
  };
  return {
    PATH: process.env['PATH'],
    HOME: home,
    RUNNER_TEMP: directory,
    GITHUB_OUTPUT: join(directory, 'output'),
    GITHUB_STATE: join(directory, 'state'),
    GITHUB_ENV: join(directory, 'env'),
    AWS_ENDPOINT_URL_ECR: aws,
    BENCH_REGISTRY: hosts[0],
    BENCH_CONFIG: scratch,
    ...inputVariables(all),
  };
}

/** Runs a program to its end, and gives the milliseconds that took. @param {string} tool @param {string[]} args @param {NodeJS.ProcessEnv} env */
function timed(tool, args, env) {
  const started = performance.now();
  const { status, stderr, stdout } = spawnSync(tool, args, { env, encoding: 'utf8' });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${[tool, ...args].join(' ')} failed: ${stderr}${stdout}`);
  return { ms, stderr };
}

/** Runs a script of Node's. @param {string} script @param {NodeJS.ProcessEnv} env */
const node = (script, env) => timed(process.execPath, [script], env).ms;

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The environment of the post step, with what main left for it. @param {NodeJS.ProcessEnv} env */
function withState(env) {
  return { ...env, ...stateVariables(parseFileCommand(readFileSync(join(directory, 'state'), 'utf8'))) };
}

/**
 * One round of everything.
 * @param {StandIn} standIn @param {boolean} hasCli @returns {Record<string, number>}
 */
function round(standIn, hasCli) {
  const host = standIn.hosts[0] ?? '';
  const env = environment({ credential: 'ecr:eu-west-1:bench' }, standIn);
  const named = environment({ credential: 'ecr:eu-west-1:bench', registry: host }, standIn);
  const keys = { AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret, DOCKER_CONFIG: scratch };
  const line = `aws ecr get-login-password --region eu-west-1 --endpoint-url ${standIn.aws} | docker login --username AWS --password-stdin ${host}`;
  /** @type {Record<string, number>} */
  const ms = {};
  const measures = [
    () => (ms['bare node'] = node(here('bare.cjs'), env)),
    () => (ms['floor'] = node(here('floor.cjs'), env)),
    () => {
      ms['main'] = node(action.main, env);
      ms['post'] = node(action.post, withState(env));
    },
    () => (ms['main, registry named'] = node(action.main, named)),
    ...(hasCli ? [() => (ms[BY_HAND] = timed('sh', ['-c', line], { ...env, ...keys }).ms)] : []),
  ];
  for (const measure of shuffled(measures)) {
    reset(host);
    measure();
  }
  return ms;
}

/** Every duration by its name, the first round left out: it warms up. @param {Record<string, number>[]} rounds @returns {[string, number[]][]} */
function byName([, ...rounds]) {
  const names = NAMES.filter((name) => rounds[0]?.[name] !== undefined);
  return names.map((name) => [name, rounds.map((one) => one[name] ?? Number.NaN)]);
}

/** The most memory that our own process takes, in MiB. @param {StandIn} standIn */
function peakMemory(standIn) {
  reset(standIn.hosts[0] ?? '');
  const script = join(directory, 'peak.cjs');
  const report = 'process.on("exit", () => process.stderr.write(`peak ${process.resourceUsage().maxRSS}`))';
  writeFileSync(script, report);
  const env = environment({ credential: 'ecr:eu-west-1:bench' }, standIn);
  const { stderr } = timed(process.execPath, ['--require', script, action.main], env);
  return Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
}

/** One sign-in in each number of regions. @param {StandIn} standIn @returns {Record<string, number>} */
function roundOfRegions(standIn) {
  return Object.fromEntries(
    REGIONS.map((count) => {
      reset(standIn.hosts[0] ?? '');
      const lines = standIn.hosts
        .slice(0, count)
        .map((host, index) => `ecr:eu-west-${String(index + 1)}:bench ${host}`);
      return [String(count), node(action.main, environment({ credential: lines.join('\n') }, standIn))];
    }),
  );
}

function distBytes() {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' });
  const scripts = files.filter((name) => name.endsWith('.js'));
  return scripts.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
}

const near = await startStandIn(0);
const hasCli = spawnSync('aws', ['--version']).status === 0;
const measured = byName(Array.from({ length: ROUNDS + 1 }, () => round(near, hasCli)));
const before = await near.requests();
const peakMiB = peakMemory(near);
const after = await near.requests();
await near.stop();
const requests = { ecr: after.ecr - before.ecr, registry: after.registry - before.registry };

const far = await startStandIn(LATENCY_MS);
const perRegions = byName(Array.from({ length: Math.ceil(ROUNDS / 3) + 1 }, () => roundOfRegions(far)));
await far.stop();
rmSync(directory, { recursive: true, force: true });

const base = Object.fromEntries(measured.map(([name, ms]) => [name, median(ms)]));
const rows = measured.map(([name, ms]) => ({
  name,
  median: median(ms),
  least: Math.min(...ms),
  most: Math.max(...ms),
  toFloor: median(ms) / (base['floor'] ?? Number.NaN),
  toBareNode: median(ms) / (base['bare node'] ?? Number.NaN),
}));
const one = median(perRegions[0]?.[1] ?? []);
const regions = perRegions.map(([count, ms]) => ({
  count: Number(count),
  median: median(ms),
  toOne: median(ms) / one,
}));

console.log(`Whole processes, ${String(ROUNDS)} rounds, milliseconds\n`);
console.log(`${' '.repeat(43)}median  least   most  x floor  x bare node`);
for (const { name, median: middle, least, most, toFloor, toBareNode } of rows) {
  const times = [middle, least, most].map((ms) => ms.toFixed(0).padStart(6)).join(' ');
  console.log(
    `${name.padEnd(43)}${times}  ${toFloor.toFixed(2).padStart(7)}  ${toBareNode.toFixed(2).padStart(11)}`,
  );
}
console.log(`\nOne credential, one registry a region, ${String(LATENCY_MS)} ms a request, milliseconds\n`);
for (const { count, median: middle, toOne } of regions)
  console.log(
    `${String(count).padStart(3)} regions ${middle.toFixed(0).padStart(5)}  ${toOne.toFixed(2)} x one`,
  );
console.log(`
dist without licences: ${(distBytes() / 1e6).toFixed(2)} MB
peak memory of main:   ${peakMiB.toFixed(0)} MiB
requests of a sign-in: ${String(requests.ecr)} to ECR, ${String(requests.registry)} to the registry (docker's)`);
const result = { rows, regions, distBytes: distBytes(), peakMiB, requests };
writeFileSync('bench/result.json', `${JSON.stringify(result, null, 2)}\n`);
if (process.argv.includes('--plot')) writeFileSync('docs/regions.svg', plot(regions));
