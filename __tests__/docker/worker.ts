import fs from 'node:fs';
import type { Step } from '../../src/docker/step';

/** What a program of its own does to a config. */
export interface Task {
  readonly operations: readonly ('add' | 'remove')[];
  readonly directory: string;
  readonly step: Step;
  readonly host: string;
  /** Base64 of `username:password`. */
  readonly auth: string;
  /** Ends with SIGKILL before its n-th call to the file system, if that is given. */
  readonly killAt?: number;
  /** A file to wait for, so that many begin at once. */
  readonly startAt?: string;
}

const FAR = 3_600_000;

/** Patches what is loaded from here on; the calls count from the moment that the result is called. */
function killAtCall(count: number): () => void {
  let left = Infinity;
  for (const name of Object.keys(fs).filter((key) => key.endsWith('Sync'))) {
    const original: unknown = Reflect.get(fs, name);
    if (typeof original !== 'function') continue;
    const patched = (...args: readonly unknown[]): unknown => {
      left -= 1;
      if (left === 0) {
        const [path, data, ...rest] = args;
        // Half of a write is on the disk when the process goes.
        if (name === 'writeFileSync') Reflect.apply(original, fs, [path, String(data).slice(0, 10), ...rest]);
        process.kill(process.pid, 'SIGKILL');
      }
      const result: unknown = Reflect.apply(original, fs, args);
      return result;
    };
    Reflect.set(fs, name, patched);
  }
  return () => {
    left = count;
  };
}

async function work({ operations, directory, step, host, auth, killAt, startAt }: Task): Promise<void> {
  const start = killAt === undefined ? undefined : killAtCall(killAt);
  const { configIn } = await import('../../src/docker/config');
  const { addLogins, removeLogins } = await import('../../src/docker/merge');
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const log = { debug: () => undefined, info: print, notice: print, warning: print };
  while (startAt !== undefined && !fs.existsSync(startAt)) await new Promise((go) => setTimeout(go, 2));
  start?.();
  const login = { host, username: 'AWS', password: step.id, auth };
  for (const operation of operations) {
    if (operation === 'remove') await removeLogins(configIn(directory), step, log);
    else
      await addLogins(
        configIn(directory),
        step,
        [login],
        { expiresAt: Date.now() + FAR, clean: 'none' },
        log,
      );
  }
}

void work(JSON.parse(process.argv[2] ?? '') as Task);
