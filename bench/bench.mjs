// npm run bench: what a sign-in costs as a whole process, beside the least that it could cost, all in one run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { parseFileCommand, readAction } from '../demo/runner.mjs';

const ROUNDS = Number(process.env['ROUNDS'] ?? 15);
const REGIONS = [1, 2, 5, 10, 20];
const LATENCY_MS = 100;
const KEYS = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const home = join(directory, 'home');
const configFile = join(home, '.docker', 'config.json');
const action = readAction();

// The stand-in has a thread of its own, so that waiting for a process here does not keep it from answering.
/** @param {number} latencyMs */
async function startStandIn(latencyMs) {
  const worker = new Worker(new URL('stand-in.mjs', import.meta.url), {
    workerData: { latencyMs, keys: KEYS },
  });
  /** @type {{ aws: string, registry: string, hosts: string[] }} */
  const found = await new Promise((resolve) => worker.once('message', resolve));
  return { ...found, stop: () => worker.terminate() };
}

/** @typedef {{ ms: number[], peakMiB: number }} Measured */

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Everything as it is before a run. */
function reset() {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, '.docker'), { recursive: true });
  writeFileSync(configFile, '{"auths":{"ghcr.io":{"auth":"eDp5"}}}');
  for (const name of ['output', 'state', 'env']) writeFileSync(join(directory, name), '');
}

/** @param {Record<string, string>} inputs @param {string} aws */
function environment(inputs, aws) {
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
    ...Object.fromEntries(Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  };
}

/** Runs a program to its end and notes what that took. @param {Measured} into @param {string} tool @param {string[]} args @param {NodeJS.ProcessEnv} env */
function measure(into, tool, args, env) {
  const started = performance.now();
  const { status, stderr, stdout } = spawnSync(tool, args, { env, encoding: 'utf8' });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${[tool, ...args].join(' ')} failed: ${stderr}${stdout}`);
  into.ms.push(ms);
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** @returns {Measured} */
const nothing = () => ({ ms: [], peakMiB: 0 });

async function whole() {
  const { aws, registry, stop } = await startStandIn(0);
  const floorEnv = {
    ...environment({}, aws),
    BENCH_REGISTRY: registry,
    BENCH_CONFIG: join(directory, 'scratch'),
  };
  const results = { 'bare node': nothing(), floor: nothing(), main: nothing(), post: nothing() };
  /** @type {Record<string, Measured>} */
  const others = {};
  const hasCli = spawnSync('aws', ['--version']).status === 0;
  if (hasCli) others['aws ecr get-login-password | docker login'] = nothing();
  for (let round = 0; round <= ROUNDS; round += 1) {
    reset();
    rmSync(join(directory, 'scratch'), { recursive: true, force: true });
    mkdirSync(join(directory, 'scratch'));
    writeFileSync(join(directory, 'scratch', 'config.json'), `{"auths":{"${registry}":{}}}`);
    const into =
      round === 0 ? { 'bare node': nothing(), floor: nothing(), main: nothing(), post: nothing() } : results;
    measure(into['bare node'], process.execPath, [here('bare.cjs')], floorEnv);
    measure(into.floor, process.execPath, [here('floor.cjs')], floorEnv);
    const env = environment({ credential: 'ecr:eu-west-1:bench' }, aws);
    measure(into.main, process.execPath, [action.main], env);
    const state = parseFileCommand(readFileSync(join(directory, 'state'), 'utf8'));
    const withState = Object.fromEntries(
      Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
    );
    measure(into.post, process.execPath, [action.post], { ...env, ...withState });
    if (hasCli) {
      const cliEnv = {
        ...env,
        AWS_ACCESS_KEY_ID: KEYS.id,
        AWS_SECRET_ACCESS_KEY: KEYS.secret,
        DOCKER_CONFIG: join(directory, 'scratch'),
      };
      const line = `aws ecr get-login-password --region eu-west-1 --endpoint-url ${aws} | docker login --username AWS --password-stdin ${registry}`;
      const name = 'aws ecr get-login-password | docker login';
      measure(round === 0 ? nothing() : (others[name] ?? nothing()), 'sh', ['-c', line], cliEnv);
    }
  }
  results.main.peakMiB = peakMemory(aws);
  await stop();
  return { ...results, ...others };
}

/** The most memory that our own process takes, in MiB. @param {string} aws */
function peakMemory(aws) {
  reset();
  const report = 'process.on("exit", () => process.stderr.write(`peak ${process.resourceUsage().maxRSS}`))';
  writeFileSync(join(directory, 'peak.cjs'), report);
  const env = environment({ credential: 'ecr:eu-west-1:bench' }, aws);
  const { stderr } = spawnSync(process.execPath, ['--require', join(directory, 'peak.cjs'), action.main], {
    env,
    encoding: 'utf8',
  });
  return Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
}

async function regions() {
  const { aws, hosts, stop } = await startStandIn(LATENCY_MS);
  /** @type {Record<number, Measured>} */
  const results = Object.fromEntries(REGIONS.map((count) => [count, nothing()]));
  for (let round = 0; round <= Math.ceil(ROUNDS / 3); round += 1) {
    for (const count of REGIONS) {
      reset();
      const lines = Array.from(
        { length: count },
        (_, index) => `ecr:eu-west-${String(index + 1)}:bench ${hosts[index] ?? ''}`,
      );
      const into = round === 0 ? nothing() : (results[count] ?? nothing());
      measure(into, process.execPath, [action.main], environment({ credential: lines.join('\n') }, aws));
    }
  }
  await stop();
  return results;
}

function distSize() {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  return files.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
}

const measured = await whole();
const byRegions = await regions();
rmSync(directory, { recursive: true, force: true });

const floor = median(measured.floor.ms);
const bare = median(measured['bare node'].ms);
const rows = Object.entries(measured).map(([name, { ms }]) => {
  const base = name === 'post' ? bare : floor;
  const of = name === 'post' ? 'bare node' : 'floor';
  return {
    name,
    median: median(ms),
    least: Math.min(...ms),
    most: Math.max(...ms),
    ratio: median(ms) / base,
    of,
  };
});
console.log(`Whole processes, milliseconds, ${String(ROUNDS)} rounds\n`);
for (const { name, median: middle, least, most, ratio, of } of rows) {
  console.log(
    `${name.padEnd(44)} ${middle.toFixed(0).padStart(5)}  (${least.toFixed(0)} to ${most.toFixed(0)})  ${ratio.toFixed(2)} x ${of}`,
  );
}
const one = median(byRegions[1]?.ms ?? []);
console.log(`\nRegions at ${String(LATENCY_MS)} ms a request\n`);
for (const count of REGIONS) {
  const middle = median(byRegions[count]?.ms ?? []);
  console.log(
    `${String(count).padStart(2)} regions ${middle.toFixed(0).padStart(5)}  ${(middle / one).toFixed(2)} x one`,
  );
}
const size = distSize();
console.log(
  `\ndist without licences: ${(size / 1e6).toFixed(2)} MB; peak memory of main: ${measured.main.peakMiB.toFixed(0)} MiB; requests to ECR: 1`,
);
const json = {
  rows,
  regions: REGIONS.map((count) => ({ count, median: median(byRegions[count]?.ms ?? []) })),
  distBytes: size,
  peakMiB: measured.main.peakMiB,
};
writeFileSync('bench/result.json', `${JSON.stringify(json, null, 2)}\n`);
