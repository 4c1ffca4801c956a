import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isExcepted } from '../src/proxy';
import { freePort, hasProgram, writeShim } from './support/programs';
import { setStage } from './support/stage';

/** A real proxy on loopback, with a user if one is given, and what it notes. */
async function startProxy(directory: string, user?: string) {
  const port = await freePort();
  const notes = join(directory, 'tinyproxy.log');
  const config = join(directory, 'tinyproxy.conf');
  const lines = [
    `Port ${String(port)}`,
    'Listen 127.0.0.1',
    'Timeout 30',
    'Allow 127.0.0.1',
    `LogFile "${notes}"`,
    'LogLevel Connect',
  ];
  writeFileSync(config, [...lines, ...(user === undefined ? [] : [`BasicAuth ${user}`])].join('\n'));
  const child = spawn('tinyproxy', ['-d', '-c', config], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  for (let tries = 0; tries < 100 && !(await answers(port)); tries += 1) await sleep(20);
  return { port, notes: () => readFileSync(notes, 'utf8') };
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${String(port)}/`).then(
    () => true,
    () => false,
  );
}

describe.skipIf(!hasProgram('tinyproxy'))('through a real proxy', () => {
  test.each([
    ['the input', {}, 'http-proxy'],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'PROXY' }, undefined],
    ['https_proxy', { https_proxy: 'PROXY' }, undefined],
    ['HTTP_PROXY, as the incumbent', { HTTP_PROXY: 'PROXY' }, undefined],
    ['HTTPS_PROXY before HTTP_PROXY', { HTTPS_PROXY: 'PROXY', HTTP_PROXY: 'http://127.0.0.1:1' }, undefined],
  ] as const)('ECR is asked, as %s says', async (_name, variables, name) => {
    const stage = await setStage();
    const { port, notes } = await startProxy(stage.directory);
    const url = `http://127.0.0.1:${String(port)}`;
    const env = Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [key, value.replace('PROXY', url)]),
    );
    const inputs: Record<string, string> = name === undefined ? {} : { [name]: url };
    expect(await stage.step({ env, inputs }).main()).toMatchObject({ exitCode: 0, errors: [] });
    expect(notes()).toContain(`CONNECT ${new URL(stage.aws.url).host}`);
  });

  test('its user and password are masked, and shown nowhere', async () => {
    const stage = await setStage();
    const { port, notes } = await startProxy(stage.directory, 'proxyuser proxypass');
    const url = `http://proxyuser:proxy%70ass@127.0.0.1:${String(port)}`;
    const main = await stage.step({ inputs: { 'http-proxy': url }, debug: true }).main();
    expect(main).toMatchObject({ exitCode: 0, errors: [] });
    expect(main.masks).toEqual(expect.arrayContaining(['proxy%70ass', 'proxypass', 'proxyuser']));
    const printed = main.stdout
      .split('\n')
      .filter((line) => !line.startsWith('::add-mask::'))
      .join('\n');
    for (const secret of ['proxy%70ass', 'proxypass', 'proxyuser']) expect(printed).not.toContain(secret);
    expect(notes()).toContain('CONNECT 127.0.0.1');
  });

  test('one that wants to know who asks is named as such, at once', async () => {
    const stage = await setStage();
    const { port } = await startProxy(stage.directory, 'proxyuser proxypass');
    const { errors } = await stage
      .step({ inputs: { 'http-proxy': `http://127.0.0.1:${String(port)}` } })
      .main();
    expect(errors).toEqual([
      expect.stringContaining('the proxy wants a user and a password: write http://USER:PASSWORD@HOST:PORT'),
    ]);
    expect(stage.aws.requests).toEqual([]);
  });

  test.each([
    ['no-proxy', { 'no-proxy': 'example.com, 127.0.0.1' }, {}],
    ['NO_PROXY', {}, { NO_PROXY: '127.0.0.1' }],
    ['no_proxy', {}, { no_proxy: '*' }],
  ])('not where %s excepts the host', async (_name, inputs, env) => {
    const stage = await setStage();
    const { port, notes } = await startProxy(stage.directory);
    const url = `http://127.0.0.1:${String(port)}`;
    expect(await stage.step({ inputs: { ...inputs, 'http-proxy': url }, env }).main()).toMatchObject({
      exitCode: 0,
    });
    expect(notes()).not.toContain('CONNECT 127.0.0.1');
  });
});

test('docker is told of the proxy that the inputs name', async () => {
  const stage = await setStage();
  const shim = writeShim(stage.directory, 'docker');
  // Nobody listens there, and nobody is asked: the host is an exception.
  const inputs = { 'http-proxy': 'http://127.0.0.1:9', 'no-proxy': '127.0.0.1' };
  expect(await stage.step({ inputs, env: { PATH: shim.path } }).main()).toMatchObject({ exitCode: 0 });
  const notes = readFileSync(shim.notes, 'utf8').split('\n');
  expect(notes).toEqual(expect.arrayContaining(['HTTPS_PROXY=http://127.0.0.1:9/', 'NO_PROXY=127.0.0.1']));
});

test('what is no proxy is refused, without a word of it', async () => {
  const stage = await setStage();
  const { errors } = await stage.step({ inputs: { 'http-proxy': 'socks5://user:secretword@host' } }).main();
  expect(errors).toEqual([expect.stringContaining('is no http:// or https:// URL')]);
  expect(errors[0]).not.toContain('secretword');
});

test('a proxy that does not answer is told as what it is', async () => {
  const stage = await setStage();
  const { errors } = await stage
    .step({ inputs: { 'http-proxy': 'http://127.0.0.1:9', 'max-attempts': '1' } })
    .main();
  expect(errors).toEqual([expect.stringContaining('ECONNREFUSED')]);
});

test.each([
  ['api.ecr.eu-west-1.amazonaws.com', 'amazonaws.com', true],
  ['api.ecr.eu-west-1.amazonaws.com', '.amazonaws.com', true],
  ['api.ecr.eu-west-1.amazonaws.com', '*.amazonaws.com', true],
  ['api.ecr.eu-west-1.amazonaws.com', 'amazonaws.com:443', true],
  ['api.ecr.eu-west-1.amazonaws.com', 'localhost 127.0.0.1 , ', false],
  ['evilamazonaws.com', 'amazonaws.com', false],
  ['anything', '*', true],
  ['[::1]', '::1', true],
  ['HOST', 'host', true],
])('%s is excepted by "%s": %s', (host, except, expected) => {
  expect(isExcepted(host, except)).toBe(expected);
});
