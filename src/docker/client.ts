import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import type * as Exec from '@actions/exec';

/** A program to run. */
export interface Command {
  readonly tool: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Handed over on standard input, the only way for a secret; the program may wait for it. */
  readonly input?: string | Promise<string>;
  /** Milliseconds, from when it has its input, after which it is ended. */
  readonly timeoutMs: number;
}

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

const children = new Set<ChildProcess>();

/** Ends every program that runs. */
export function endChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

const currentRun = new AsyncLocalStorage<object>();

/**
 * Runs a program to its end or its timeout, without a line of it in the log. Throws an Error where it is not
 * on the PATH or cannot be started; a failure of the program itself is in the outcome.
 */
export async function run(command: Command): Promise<Outcome> {
  const { input = '', timeoutMs } = command;
  const me = {};
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  let ended = false;
  const feed = async (): Promise<void> => {
    // One that leaves before it has read its input is no reason to end.
    child?.stdin?.on('error', () => undefined);
    const text = await input;
    if (ended) return;
    timer = setTimeout(() => {
      timedOut = true;
      child?.kill('SIGKILL');
    }, timeoutMs);
    child?.stdin?.end(text);
  };
  // @actions/exec keeps its child to itself, and so could neither end one that hangs nor have one wait for its
  // input. Node tells of each process that is made, before it has made its standard input.
  const adopt = (message: unknown): void => {
    if (currentRun.getStore() !== me) return;
    child = (message as { process: ChildProcess }).process;
    children.add(child);
    process.nextTick(feed);
  };
  subscribe('child_process', adopt);
  try {
    const outcome = await currentRun.run(me, () => execute(command));
    // Where it has left before, too: how it ended is told once it would have been used.
    await input;
    return { ...outcome, timedOut };
  } finally {
    ended = true;
    if (child !== undefined) children.delete(child);
    clearTimeout(timer);
    unsubscribe('child_process', adopt);
  }
}

/** Loads what starts programs: later than all else, and not for a job that starts none. */
export const loadExec = (): Promise<typeof Exec> => import('@actions/exec');

async function execute({ tool, args, env }: Command): Promise<Omit<Outcome, 'timedOut'>> {
  const { getExecOutput } = await loadExec();
  // By its path: given a name, @actions/exec looks into every directory of the PATH, past the first that has it.
  const path = (findOnPath(tool, process.env) ?? tool).replaceAll('"', '\\"');
  return getExecOutput(`"${path}"`, [...args], {
    env: { ...env },
    silent: true,
    ignoreReturnCode: true,
    delay: 1_000,
  });
}

/**
 * The path of a program: the first on the PATH that may be executed; undefined where there is none. An empty
 * entry of the PATH would be the working directory, and so the checkout: what lies there is not for us to run.
 */
export function findOnPath(tool: string, env: NodeJS.ProcessEnv): string | undefined {
  const endings = process.platform === 'win32' ? (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';') : [''];
  if (basename(tool) !== tool) return undefined;
  for (const directory of (env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const found = endings.map((ending) => join(directory, tool + ending)).find(isExecutable);
    if (found !== undefined) return resolve(found);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    // First without an error, which is slow to make: most directories of a PATH do not have the program.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The environment of a child process: ours without what the runner and the user handed to this action alone
 * (`INPUT_*`, `STATE_*`, `ACTIONS_*`) and, but for credential helpers, without AWS credentials (`AWS_*`).
 */
export function childEnvironment(env: NodeJS.ProcessEnv, withAws = false): Record<string, string> {
  const hidden = withAws ? /^(?:INPUT|STATE|ACTIONS)_/i : /^(?:INPUT|STATE|ACTIONS|AWS)_/i;
  const entries = Object.entries(env).filter(([name]) => !hidden.test(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
