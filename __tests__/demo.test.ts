import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './support/programs';

test.each([
  ['docker', process.env['PATH'] ?? '', 'signed in with the real docker client'],
  ['no client', undefined, 'docker is missing here: the registry was asked by a request of our own'],
])('the demo shows the whole way with %s', (_name, path, how) => {
  const empty = mkdtempSync(join(tmpdir(), 'path-'));
  onTestFinished(() => {
    rmSync(empty, { recursive: true });
  });
  const { status, output } = run(process.execPath, ['demo/demo.mjs'], { PATH: path ?? empty });
  expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining(how) as string });
  expect(output).toContain('Signed in and out again.');
});
