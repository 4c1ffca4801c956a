import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { elapsedMs } from '../clock';
import { distinct } from '../distinct';
import { LoginError, codeOf } from '../errors';
import { type Step, type StepMark, hasJobEnded, isStepMark, markOf } from './step';
import { notWritten, removeFile, temporaryFor } from './write';

/** A lock that is held. */
export interface Lock {
  /** False once somebody has broken the lock, as that of a process that stood still for too long. */
  readonly isOurs: () => boolean;
}

/** How long to wait, and when a lock counts as left behind; milliseconds. */
export interface LockTimes {
  readonly waitMs: number;
  readonly staleMs: number;
}

const TIMES: LockTimes = { waitMs: 60_000, staleMs: 5_000 };
const HEARTBEAT_MS = 1_000;

/**
 * Does work under a lock file, one process at a time, in the name of a step. A lock whose heartbeat has
 * stopped is broken; process ids tell nothing here, since containers that share a directory count their own.
 * Throws a LoginError where the lock cannot be made (its directory is there for the caller to make) or is not
 * to be had in time, and whatever the work throws.
 */
export async function withLock<T>(
  path: string,
  step: Step,
  work: (lock: Lock) => T | Promise<T>,
  times = TIMES,
): Promise<T> {
  const nonce = JSON.stringify({ ...markOf(step), nonce: distinct() });
  await acquire(path, step, nonce, times);
  const isOurs = (): boolean => readNonce(path) === nonce;
  const heartbeat = setInterval(() => {
    if (isOurs()) touch(path);
  }, HEARTBEAT_MS);
  try {
    return await work({ isOurs });
  } finally {
    clearInterval(heartbeat);
    if (isOurs()) removeFile(path);
  }
}

async function acquire(
  path: string,
  step: Step,
  nonce: string,
  { waitMs, staleMs }: LockTimes,
): Promise<void> {
  const started = elapsedMs();
  let seen = '';
  let seenSince = started;
  while (!tryCreate(path, nonce)) {
    const now = elapsedMs();
    const sign = signOfLife(path);
    if (sign !== seen) [seen, seenSince] = [sign, now];
    // The waiter's own clock, and not the file's time: clocks differ between the hosts that share a disk.
    if (now - seenSince > staleMs || wasLeft(path, step)) breakLock(path, sign);
    if (now - started > waitMs) throw notAcquired(path, waitMs);
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
  }
}

/** Whether a lock was left by our own main, which never runs beside its post, or by a job that has ended. */
function wasLeft(path: string, step: Step): boolean {
  const owner = readOwner(path);
  return owner !== undefined && (owner.id === step.id || hasJobEnded(owner));
}

function readOwner(path: string): StepMark | undefined {
  try {
    const owner: unknown = JSON.parse(readNonce(path) ?? '');
    return isStepMark(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function tryCreate(path: string, nonce: string): boolean {
  let descriptor: number;
  try {
    // A link at this place is not followed: 'wx' takes it as a file that is there.
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw notWritten(path, error);
  }
  try {
    writeFileSync(descriptor, nonce);
    return true;
  } catch (error) {
    // On a full disk: an empty lock would keep the others waiting.
    removeFile(path);
    throw notWritten(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function signOfLife(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${readNonce(path) ?? ''}@${String(stats.mtimeNs)}`;
}

function readNonce(path: string): string | undefined {
  try {
    // Never through a link, whoever put it there; Windows has no such flag.
    const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(path, constants.O_RDONLY | noFollow);
    try {
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Gone since the look: whoever broke it has it.
  }
}

/** Moves a lock out of the way, unless it turns out to be another than the one that was seen to be stale. */
function breakLock(path: string, stale: string): void {
  if (signOfLife(path) !== stale) return;
  const aside = temporaryFor(path);
  try {
    renameSync(path, aside);
    const nonce = readNonce(aside) ?? '';
    // Somebody else broke it first, and this one is alive: it goes back, unless a third has come already.
    if (!stale.startsWith(`${nonce}@`)) linkSync(aside, path);
  } catch {
    // Whoever was quicker has it; the next round sees.
  } finally {
    removeFile(aside);
  }
}

function notAcquired(path: string, waitMs: number): LoginError {
  return new LoginError(
    `The lock ${path} was not to be had within ${String(waitMs / 1000)} s: other jobs on this machine are writing the same Docker config; run the job again, or remove the file if no job is running`,
  );
}
