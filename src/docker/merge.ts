import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LoginError } from '../errors';
import type { Log } from '../log';
import { type ConfigLocation, type ConfigSnapshot, readConfig, realPath, stampAt } from './config';
import { slotText } from './document';
import {
  type Books,
  type Entry,
  type Holder,
  type Ledger,
  digest,
  emptyLedger,
  hold,
  release,
  same,
  withoutUs,
} from './ledger';
import { checkDirectory, ledgerPath, readLedger, removeLedger, writeLedger } from './ledger-file';
import { type Lock, withLock } from './lock';
import { type Step, hasJobEnded, markOf } from './step';
import { notWritten, replaceFile, sweepTemporaries } from './write';

// Somebody else's save can fall between our write and our look at it; many in a row are no chance.
const MOST_TRIES = 20;

/**
 * Puts entries into a config, all in one write, and notes in the ledger what they are to be replaced with
 * when the step's job ends. Nothing is changed but the entries' own text. Throws a LoginError where the
 * config, its ledger or their directory cannot be used; then the config is as it was.
 */
export async function addEntries(
  location: ConfigLocation,
  step: Step,
  entries: readonly Entry[],
  expiresAt: number,
  log: Log,
): Promise<void> {
  const madeDirectory = makeDirectory(location.directory);
  const holder = { ...markOf(step), expiresAt };
  await repeatedly(location, step, log, (lock) => {
    const { snapshot, books } = open(location, madeDirectory, log);
    const next = hold(release(books, hasEnded), entries, holder);
    // The ledger comes first: killed between the two, what we were about to do can be undone.
    return (writeConfig(lock, snapshot, next, next.ledger) && holds(location, entries)) || undefined;
  });
}

/**
 * Undoes what a step has put into a config, whatever others have done meanwhile: the newest entry of a job
 * that still runs comes in its place, else what was there before; what somebody else wrote since is left
 * alone. With the last entry goes every trace of us. Throws a LoginError where the config cannot be used.
 */
export async function removeEntries(location: ConfigLocation, step: Step, log: Log): Promise<void> {
  if (!existsSync(location.directory)) return;
  const madeDirectory = await repeatedly(location, step, log, (lock) => {
    const { snapshot, books, path } = open(location, null, log);
    const next = release(books, (holder) => holder.id === step.id || hasEnded(holder));
    if (next.ledger.places.length === 0) {
      if (!restore(lock, snapshot, next.ledger)) return undefined;
      removeLedger(path);
      return next.ledger.madeDirectory;
    }
    // The ledger lets go of a holder when the config has: killed between the two, another job finishes it.
    if (!writeConfig(lock, snapshot, next, books.ledger)) return undefined;
    writeLedger(path, { ...next.ledger, written: [digest(next.document.text)] });
    return null;
  });
  if (madeDirectory !== null) removeEmpty(location.directory, madeDirectory);
}

/** Does work under the lock of a config, and again while it gives undefined: then somebody else was quicker. */
async function repeatedly<T>(
  location: ConfigLocation,
  step: Step,
  log: Log,
  work: (lock: Lock) => T | undefined,
): Promise<T> {
  const path = realPath(location.file);
  checkDirectory(dirname(path));
  const lockPath = join(dirname(path), `.${basename(path)}.ecr-login-lock`);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const done = await withLock(lockPath, step, work);
    if (done !== undefined) return done;
    log.debug(`${location.file} was written by somebody else at the same time: once more`);
  }
  throw new LoginError(
    `${location.file} is written by somebody else all the time, and what we write does not stay: run the job again, or set DOCKER_CONFIG to a directory of this job`,
  );
}

/** Reads a config and its ledger, and makes the ledger know of what others wrote since we last did. */
function open(
  location: ConfigLocation,
  madeDirectory: string | null,
  log: Log,
): { readonly snapshot: ConfigSnapshot; readonly books: Books; readonly path: string } {
  const snapshot = readConfig(location);
  const { document, bytes } = snapshot;
  const path = ledgerPath(snapshot.path);
  sweepTemporaries(snapshot.path);
  const found = readLedger(path, log) ?? emptyLedger(bytes, null);
  const ledger = { ...found, madeDirectory: found.madeDirectory ?? madeDirectory };
  if (ledger.written.includes(digest(bytes))) return { snapshot, path, books: { document, ledger } };
  const bare = withoutUs({ document, ledger });
  const original = bare.text === document.text ? bytes : Buffer.from(bare.text);
  const base64 = bytes === undefined ? null : (original?.toString('base64') ?? null);
  return { snapshot, path, books: { document, ledger: { ...ledger, original: base64 } } };
}

/** Writes a config, with the ledger that holds until it is written before it; false where somebody else was quicker. */
function writeConfig(lock: Lock, snapshot: ConfigSnapshot, { document }: Books, meanwhile: Ledger): boolean {
  const written = [digest(document.text), digest(snapshot.bytes)];
  writeLedger(ledgerPath(snapshot.path), { ...meanwhile, written });
  return replace(lock, snapshot, document.text);
}

/** Gives a config the bytes that it had before us; false where somebody else was quicker. */
function restore(lock: Lock, snapshot: ConfigSnapshot, { original }: Ledger): boolean {
  if (original !== null) return replace(lock, snapshot, Buffer.from(original, 'base64'));
  if (!isUnchanged(lock, snapshot)) return false;
  rmSync(snapshot.path, { force: true });
  return true;
}

function replace(lock: Lock, snapshot: ConfigSnapshot, content: Buffer | string): boolean {
  if (!isUnchanged(lock, snapshot)) return false;
  if (digest(content) !== digest(snapshot.bytes)) replaceFile(snapshot.path, content, snapshot.stats);
  return true;
}

function isUnchanged(lock: Lock, snapshot: ConfigSnapshot): boolean {
  return lock.isOurs() && stampAt(snapshot.path) === snapshot.stamp;
}

function holds(location: ConfigLocation, entries: readonly Entry[]): boolean {
  const { document } = readConfig(location);
  return entries.every(({ section, host, value }) => same(slotText(document, section, host) ?? null, value));
}

/** Whether a holder's value is of no more use. */
function hasEnded(holder: Holder): boolean {
  return holder.expiresAt <= Date.now() || hasJobEnded(holder);
}

function makeDirectory(directory: string): string | null {
  try {
    return mkdirSync(directory, { recursive: true, mode: 0o700 }) ?? null;
  } catch (error) {
    throw notWritten(directory, error);
  }
}

function removeEmpty(directory: string, upTo: string): void {
  try {
    rmdirSync(directory);
    if (directory !== upTo) removeEmpty(dirname(directory), upTo);
  } catch {
    // Somebody has put something there: it stays.
  }
}
