import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LoginError, codeOf } from '../errors';
import type { Log } from '../log';
import { FOREIGN, noteIntent, openBooks, originalOf, readStores, writeConfig, writeStores } from './books';
import { type ConfigLocation, readConfig, realPath } from './config';
import { makeDirectory, removeDirectory } from './directory';
import { type ConfigDocument, slotText, slots } from './document';
import {
  type Entry,
  type Holder,
  clean,
  digest,
  hold,
  isHeld,
  isStore,
  keep,
  release,
  same,
  whileChanging,
} from './ledger';
import { checkDirectory, ledgerPath, removeLedger, writeLedger } from './ledger-file';
import { type Lock, withLock } from './lock';
import { HelperNotes, type Login, placeLogin } from './placement';
import { type CleanMode, type OldLogin, findRemovals } from './stale';
import { type Step, hasJobEnded, markOf } from './step';

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
  options: { readonly expiresAt: number; readonly clean: CleanMode; readonly isKept?: boolean },
  log: Log,
): Promise<void> {
  const { expiresAt, clean: mode, isKept = false } = options;
  const made: { directory: string | null } = { directory: null };
  const enter = (): boolean => {
    made.directory = makeDirectory(location.directory) ?? made.directory;
    return true;
  };
  const holder = { ...markOf(step), expiresAt };
  const notes = new HelperNotes();
  const hosts = logins.map(({ host }) => host);
  const removed = await repeatedly(location, step, log, enter, async (lock) => {
    const open = await openBooks(location, made.directory, log);
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
    const found = { ...before, stores };
    const next = isKept ? keep(found, entries) : hold(found, entries, holder);
    // The ledger comes first: killed after it, what we were about to do can be undone.
    const meanwhile = whileChanging(open.books.ledger, next.ledger);
    if (!noteIntent(lock, open, isKept ? FOREIGN : next.document.text, meanwhile)) return undefined;
    const failed = await writeStores(
      { ...open.books, stores: new Map([...stores, ...(open.books.stores ?? [])]) },
      next,
    );
    for (const { helper, host, why } of failed) notes.setBroken(helper, host, why);
    if (failed.length > 0 || !writeConfig(lock, open, next.document.text)) return undefined;
    return holds(location, entries) ? removals.filter(({ key }) => !isHeld(running, key)) : undefined;
  }).catch((error: unknown) => {
    if (made.directory !== null) removeDirectory(location.directory, made.directory);
    throw error;
  });
  for (const { key, reason } of removed ?? [])
    log.info(`Removed the login for ${key} from ${location.file}: ${reason}`);
}

/**
 * Undoes what a step has put into a config, whatever others have done meanwhile: the newest entry of a job
 * that still runs comes in its place, else what was there before; what somebody else wrote since is left
 * alone. With the last entry goes every trace of us. Throws a LoginError where the config cannot be used.
 */
export async function removeLogins(location: ConfigLocation, step: Step, log: Log): Promise<void> {
  const path = realPath(location.file);
  if (!existsSync(ledgerPath(path)) && !existsSync(lockPath(path))) {
    log.debug(`There is nothing of ours in ${location.directory}`);
    return;
  }
  const isThere = (): boolean => existsSync(location.directory);
  const madeDirectory = await repeatedly(location, step, log, isThere, async (lock) => {
    const open = await openBooks(location, null, log);
    const next = release(open.books, (holder) => holder.id === step.id || hasEnded(holder));
    const isLast = next.ledger.places.length === 0;
    const content = isLast ? originalOf(next.ledger) : next.document.text;
    // From here on what goes does not come back, even if this process ends before it is gone.
    if (!noteIntent(lock, open, content, whileChanging(open.books.ledger, next.ledger))) return undefined;
    for (const { helper, host, why } of await writeStores(open.books, next)) {
      log.warning(
        `docker-credential-${helper} did not give up the login for ${host}: ${why}; remove it with docker logout ${host}`,
      );
    }
    if (!writeConfig(lock, open, content) || !lock.isOurs()) return undefined;
    if (isLast) removeLedger(open.path);
    else writeLedger(open.path, { ...next.ledger, written: [digest(content)] });
    return isLast ? next.ledger.madeDirectory : null;
  });
  if (typeof madeDirectory === 'string') removeDirectory(location.directory, madeDirectory);
}

function lockPath(configPath: string): string {
  return join(dirname(configPath), `.${basename(configPath)}.ecr-login-lock`);
}

/**
 * Does work under the lock of a config, and again while it gives undefined: then somebody else was quicker.
 * `enter` comes before each try, and sees to the directory; where it gives false there is nothing to do, and
 * the result is undefined.
 */
async function repeatedly<T>(
  location: ConfigLocation,
  step: Step,
  log: Log,
  enter: () => boolean,
  work: (lock: Lock) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      if (!enter()) return undefined;
      const path = realPath(location.file);
      checkDirectory(dirname(path), location);
      const done = await withLock(lockPath(path), step, work);
      if (done !== undefined) return done;
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    log.debug(
      `${location.file}: once more, as somebody else wrote at the same time, or a store did not take the login`,
    );
  }
  throw new LoginError(
    `${location.file} is written by somebody else all the time, and what we write does not stay: run the job again, or use docker-config: isolated`,
  );
}

// Another job has just removed the directory that it had made; or it took our lock for one left behind, and
// swept up what we were about to put in place.
function isGone(error: unknown): boolean {
  return codeOf(error instanceof LoginError ? error.cause : error) === 'ENOENT';
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
