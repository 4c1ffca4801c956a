import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAction } from '../demo/runner.mjs';
import { REMEDIES } from '../src/aws-errors';
import { WRITE_REMEDIES } from '../src/docker/write';

/** The parts of action.yml that these tests compare. */
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post: string };
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action;
const readme = readFileSync('README.md', 'utf8');
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n');

function section(title: string): string {
  return readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

test('the README explains each input of action.yml, and no other', () => {
  const explained = [...section('Inputs').matchAll(/^### (.*)$/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  expect(explained.sort()).toEqual(Object.keys(action.inputs).sort());
});

test('the README gives the defaults that action.yml has', () => {
  for (const [name, { default: value }] of Object.entries(action.inputs)) {
    if (value === undefined || value === '(not given)') continue;
    const text = section('Inputs')
      .split(/^### /m)
      .find((part) => part.startsWith(`\`${name}\``));
    expect(text).toContain(`**Default:** \`${value}\``);
  }
});

test('the README lists each output of action.yml, in the same words', () => {
  const rows = [...section('Outputs').matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm)].map(([, name, text]) => [
    name,
    text?.replaceAll('`', ''),
  ]);
  const declared = Object.entries(action.outputs).map(([name, { description }]) => [name, description]);
  expect(rows).toEqual(declared);
});

test('the code reads each input of action.yml, and no other', () => {
  const called = [...sources.matchAll(/\b(?:input|inputIfGiven|lines|oneOf|wholeNumber)\('([a-z-]+)'/g)].map(
    ([, name]) => name,
  );
  // The inputs that describe one identity are read by a table of their names.
  const table = /const INPUTS.*?new Map\(\[(.*?)\]\);/s.exec(sources)?.[1] ?? '';
  const listed = [...table.matchAll(/\['[a-z-]+', '([a-z-]+)'\]/g)].map(([, name]) => name);
  expect([...new Set([...called, ...listed])].sort()).toEqual(Object.keys(action.inputs).sort());
});

test('the code sets each output of action.yml, and no other', () => {
  const set = [...sources.matchAll(/setOutput\('([a-z-]+)'/g)].map(([, name]) => name);
  expect(set.sort()).toEqual(Object.keys(action.outputs).sort());
});

test('the troubleshooting of the README has a row for each error that is explained, and no other', () => {
  const names = [
    ...section('Troubleshooting').matchAll(
      /`([A-Z][A-Za-z_]+(?:Exception|Id|Error|Token|Match|Required)|E[A-Z_]{4,}|[A-Z]+_[A-Z_]+)`/g,
    ),
  ].map(([, name]) => name);
  // What STS alone says is explained beside what was asked of it.
  const ofSts = [...section('Troubleshooting').matchAll(/`(\w+)` from STS/g)].map(([, name]) => name);
  for (const name of ofSts) expect(sources).toContain(`name: '${name ?? ''}'`);
  const listed = names.filter(
    (name) =>
      !ofSts.includes(name) &&
      name !== 'RUNNER_DEBUG' &&
      name !== 'NODE_EXTRA_CA_CERTS' &&
      name !== 'AWS_CA_BUNDLE',
  );
  expect(listed.sort()).toEqual([...Object.keys(REMEDIES), ...Object.keys(WRITE_REMEDIES)].sort());
});

test('each input says what it does, in a sentence', () => {
  for (const [name, { description }] of Object.entries({ ...action.inputs, ...action.outputs })) {
    expect(description.length, name).toBeGreaterThan(20);
  }
});

test('the runner of these tests reads action.yml as YAML does', () => {
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value }]) => [name, value ?? '']),
  );
  expect(readAction()).toEqual({ inputs, main: action.runs.main, post: action.runs.post });
});

test('the entries are there, and run on Node 24', () => {
  expect(action.runs.using).toBe('node24');
  for (const entry of [action.runs.main, action.runs.post]) expect(statSync(entry).isFile()).toBe(true);
});
