import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LoginError } from '../errors';
import type { Log } from '../log';
import { noteIntent, openBooks, readStores, restoreConfig, writeConfig, writeStores } from './books';
import { type ConfigLocation, readConfig, realPath } from './config';
import { type ConfigDocument, slotText, slots } from './document';
import { type Entry, type Holder, clean, digest, hold, isHeld, isStore, release, same } from './ledger';
import { checkDirectory, removeLedger, writeLedger } from './ledger-file';
import { type Lock, withLock } from './lock';
import { HelperNotes, type Login, placeLogin } from './placement';
import { type CleanMode, type OldLogin, findRemovals } from './stale';
import { type Step, hasJobEnded, markOf } from './step';
import { notWritten } from './write';

// Somebody else's save can fall between our write and our look at it; many in a row are no chance.
const MOST_TRIES = 20;

/**
 * Puts logins where docker finds them, in one write of the config, and notes in the ledger what they are to
 * be replaced with when the step's job ends. Old logins go first, as the mode says, and do not come back; else
 * nothing is changed but the logins' own text. Throws a LoginError
 * where the config, its ledger or their directory cannot be used; then the config is as it was.
 */
export async function addLogins(
  location: ConfigLocation,
  step: Step,
  logins: readonly Login[],
  options: { readonly expiresAt: number; readonly clean: CleanMode },
  log: Log,
): Promise<void> {
  const { expiresAt, clean: mode } = options;
  const madeDirectory = makeDirectory(location.directory);
  const holder = { ...markOf(step), expiresAt };
  const notes = new HelperNotes();
  const hosts = logins.map(({ host }) => host);
  const removed = await repeatedly(location, step, log, async (lock) => {
    const open = await openBooks(location, madeDirectory, log);
    // An earlier try of ours counts for nothing.
    const running = release(open.books, (one) => one.id === step.id || hasEnded(one));
    const removals = findRemovals(mode, loginsIn(running.document), hosts, new Date());
    const before = clean(
      running,
      removals.map(({ key }) => key),
    );
    const placed = await Promise.all(logins.map((login) => placeLogin(before.document, login, notes, log)));
    const entries = placed.flat();
    const stores = new Map([...(await readStores(entries)), ...(before.stores ?? [])]);
    const next = hold({ ...before, stores }, entries, holder);
    // The ledger comes first: killed after it, what we were about to do can be undone.
    noteIntent(open, next.document, next.ledger);
    const failed = await writeStores(
      { ...open.books, stores: new Map([...stores, ...(open.books.stores ?? [])]) },
      next,
    );
    for (const { helper, host, why } of failed) notes.setBroken(helper, host, why);
    if (failed.length > 0 || !writeConfig(lock, open, next.document.text)) return undefined;
    return holds(location, entries) ? removals.filter(({ key }) => !isHeld(running, key)) : undefined;
  });
  for (const { key, reason } of removed)
    log.info(`Removed the login for ${key} from ${location.file}: ${reason}`);
}

/**
 * Undoes what a step has put into a config, whatever others have done meanwhile: the newest entry of a job
 * that still runs comes in its place, else what was there before; what somebody else wrote since is left
 * alone. With the last entry goes every trace of us. Throws a LoginError where the config cannot be used.
 */
export async function removeLogins(location: ConfigLocation, step: Step, log: Log): Promise<void> {
  if (!existsSync(location.directory)) return;
  const madeDirectory = await repeatedly(location, step, log, async (lock) => {
    const open = await openBooks(location, null, log);
    const next = release(open.books, (holder) => holder.id === step.id || hasEnded(holder));
    for (const { helper, host, why } of await writeStores(open.books, next)) {
      log.warning(
        `docker-credential-${helper} did not give up the login for ${host}: ${why}; remove it with docker logout ${host}`,
      );
    }
    if (next.ledger.places.length === 0) {
      if (!restoreConfig(lock, open, next.ledger)) return undefined;
      removeLedger(open.path);
      return next.ledger.madeDirectory;
    }
    // The ledger lets go of a holder when the config has: killed between the two, another job finishes it.
    noteIntent(open, next.document, open.books.ledger);
    if (!writeConfig(lock, open, next.document.text)) return undefined;
    writeLedger(open.path, { ...next.ledger, written: [digest(next.document.text)] });
    return null;
  });
  if (madeDirectory !== null) removeEmpty(location.directory, madeDirectory);
}

/** Does work under the lock of a config, and again while it gives undefined: then somebody else was quicker. */
async function repeatedly<T>(
  location: ConfigLocation,
  step: Step,
  log: Log,
  work: (lock: Lock) => Promise<T | undefined>,
): Promise<T> {
  const path = realPath(location.file);
  checkDirectory(dirname(path), location);
  const lockPath = join(dirname(path), `.${basename(path)}.ecr-login-lock`);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const done = await withLock(lockPath, step, work);
    if (done !== undefined) return done;
    log.debug(
      `${location.file}: once more, as somebody else wrote at the same time, or a store did not take the login`,
    );
  }
  throw new LoginError(
    `${location.file} is written by somebody else all the time, and what we write does not stay: run the job again, or use docker-config: isolated`,
  );
}

function loginsIn(document: ConfigDocument): readonly OldLogin[] {
  return slots(document, 'auths').map(({ key, value }) => ({
    key,
    entry: document.text.slice(value.start, value.end),
  }));
}

function holds(location: ConfigLocation, entries: readonly Entry[]): boolean {
  const { document } = readConfig(location);
  return entries.every(
    ({ section, host, value }) => isStore(section) || same(slotText(document, section, host) ?? null, value),
  );
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
