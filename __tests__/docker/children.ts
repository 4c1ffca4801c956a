import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Task } from './worker';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPTIONS = {
  compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2024, esModuleInterop: true },
};

/** How a child ended. */
export interface Ended {
  readonly killed: boolean;
  readonly output: string;
}

/** Compiles the sources that work on a config for programs of their own, and gives what runs a task in one. */
export function compileWorker(): {
  run: (task: Task) => Promise<Ended>;
  runToEnd: (task: Task) => void;
  remove: () => void;
} {
  const out = mkdtempSync(join(tmpdir(), 'ecr-login-worker-'));
  writeFileSync(join(out, 'package.json'), '{"type":"commonjs"}');
  // An ES module alone, which these programs load and never call: no config of theirs names a helper.
  mkdirSync(join(out, 'node_modules/@actions/exec'), { recursive: true });
  writeFileSync(join(out, 'node_modules/@actions/exec/index.js'), '');
  const folders = ['src/docker', 'src'].map((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  );
  const sources = folders.flat().filter((file) => file.endsWith('.ts'));
  for (const file of [...sources, '__tests__/docker/worker.ts']) {
    const target = join(out, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(readFileSync(join(ROOT, file), 'utf8'), OPTIONS).outputText);
  }
  const worker = join(out, '__tests__/docker/worker.js');
  return {
    run: (task) =>
      new Promise((resolve) => {
        execFile(process.execPath, [worker, JSON.stringify(task)], (error, stdout, stderr) => {
          // On Windows a process that kills itself ends with 1, and by no signal.
          const killed = process.platform === 'win32' ? error?.code === 1 : error?.signal === 'SIGKILL';
          resolve({ killed, output: stdout + stderr });
        });
      }),
    // While it runs, we stand still.
    runToEnd: (task) => {
      execFileSync(process.execPath, [worker, JSON.stringify(task)]);
    },
    remove: () => {
      rmSync(out, { recursive: true });
    },
  };
}
