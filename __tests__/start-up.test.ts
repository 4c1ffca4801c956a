import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { setStage } from './support/stage';

const LOADED = fileURLToPath(new URL('support/loaded.cjs', import.meta.url));

/** The files of dist that a run loaded, with their size in kB, and Node's own modules that it asked for. */
function loadedBy(stderr: string): { readonly files: Record<string, number>; readonly builtins: string[] } {
  const { files, builtins } = JSON.parse(stderr) as { files: string[]; builtins: string[] };
  const sized = files.map(
    (file) => [file.replace(/^.*dist\//, ''), Math.ceil(statSync(file).size / 1_000)] as const,
  );
  return { files: Object.fromEntries(sized), builtins };
}

test('main with static keys loads itself, and nothing of roles, OIDC, stores and profiles', async () => {
  const stage = await setStage();
  const step = stage.step({ nodeOptions: ['--require', LOADED] });
  const { files, builtins } = loadedBy((await step.main()).stderr);
  const names = Object.keys(files);
  expect(names[0]).toBe('main/index.js');
  // The SDK and what asks with it; while AWS is asked, what signs docker in and what starts it.
  expect(names).toHaveLength(5);
  expect(files['main/index.js']).toBeLessThanOrEqual(54);
  expect(Object.values(files).reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(264);
  for (const name of ['http2', 'undici', 'node:http2', 'worker_threads'])
    expect(builtins).not.toContain(name);

  const post = loadedBy((await step.post()).stderr);
  expect(Object.keys(post.files)).toEqual(['post/index.js']);
  expect(post.files['post/index.js']).toBeLessThanOrEqual(24);
  for (const name of ['http', 'https', 'child_process', 'node:fs/promises', 'net'])
    expect(post.builtins).not.toContain(name);
});

test('all of dist stays small', () => {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  const size = files.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
  expect(size).toBeLessThanOrEqual(700_000);
});
