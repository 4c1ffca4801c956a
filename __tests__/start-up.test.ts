import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { setStage } from './support/stage';

const LOADED = fileURLToPath(new URL('support/loaded.cjs', import.meta.url));

/** What a run may load, as a budget: the files of dist with their size in kB, and Node's own modules. */
interface Loaded {
  readonly files: readonly (readonly [name: string, kB: number])[];
  readonly builtins: readonly string[];
}

function loadedBy(stderr: string): Loaded {
  const { files, builtins } = JSON.parse(stderr) as { files: string[]; builtins: string[] };
  return {
    files: files.map((file) => [file.replace(/^.*dist\//, ''), Math.ceil(statSync(file).size / 1_000)]),
    builtins: [...new Set(builtins.map((name) => name.replace(/^node:/, '')))].sort(),
  };
}

/** Expects the files of a run, in their order, to be those of a budget: a name, and the kB that it may have at most. */
function expectWithin(
  files: Loaded['files'],
  budget: readonly (readonly [name: RegExp, mostKB: number])[],
): void {
  expect(files.map(([name]) => name)).toEqual(budget.map(([name]): unknown => expect.stringMatching(name)));
  files.forEach(([name, kB], index) => {
    expect({ name, kB: Math.max(kB, budget[index]?.[1] ?? 0) }).toEqual({ name, kB: budget[index]?.[1] });
  });
}

const CHUNK = /^main\/\d+\.index\.js$/;

test('main with static keys loads itself, and nothing of roles, OIDC, stores, profiles and proxies', async () => {
  const stage = await setStage();
  const step = stage.step({ nodeOptions: ['--require', LOADED] });
  const main = loadedBy((await step.main()).stderr);
  expectWithin(main.files, [
    [/^main\/index\.js$/, 55],
    // The SDK, and what asks with it.
    [CHUNK, 160],
    [CHUNK, 17],
    // While AWS is asked: what signs in, and what starts docker.
    [CHUNK, 20],
    [CHUNK, 12],
  ]);
  expect(main.builtins).toEqual([
    ...[
      'assert',
      'async_hooks',
      'child_process',
      'crypto',
      'diagnostics_channel',
      'events',
      'fs',
      'fs/promises',
    ],
    ...['http', 'https', 'os', 'path', 'process', 'stream', 'string_decoder', 'timers', 'timers/promises'],
  ]);

  const post = loadedBy((await step.post()).stderr);
  expectWithin(post.files, [[/^post\/index\.js$/, 25]]);
  expect(post.builtins).toEqual(['async_hooks', 'diagnostics_channel', 'fs', 'os', 'path']);
});

test('all of dist stays small', () => {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  const size = files.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
  expect(size).toBeLessThanOrEqual(700_000);
});
