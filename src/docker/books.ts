import type { Log } from '../log';
import { type ConfigLocation, type ConfigSnapshot, readConfig, stampAt } from './config';
import {
  type Books,
  type Entry,
  type Ledger,
  digest,
  emptyLedger,
  isStore,
  placeKey,
  same,
  valueAt,
  withoutUs,
} from './ledger';
import { ledgerPath, readLedger, writeLedger } from './ledger-file';
import type { Lock } from './lock';
import { askStore, writeStore } from './stores';
import { notWritten, removeFile, replaceFile, sweepTemporaries } from './write';

/** A config as it was read, with its ledger, which knows of what others wrote since. */
export interface OpenBooks {
  readonly snapshot: ConfigSnapshot;
  readonly books: Books;
  readonly path: string;
}

/** Reads a config and its ledger, for the holder of the lock. Throws a LoginError where that cannot be done. */
export async function openBooks(
  location: ConfigLocation,
  madeDirectory: string | null,
  log: Log,
): Promise<OpenBooks> {
  const snapshot = readConfig(location);
  const { document, bytes } = snapshot;
  const path = ledgerPath(snapshot.path);
  sweepTemporaries(snapshot.path);
  const found = readLedger(path, log) ?? emptyLedger(bytes, null);
  const ledger = { ...found, madeDirectory: found.madeDirectory ?? madeDirectory };
  const stores = await readStores(ledger.places);
  if (ledger.written.includes(digest(bytes))) return { snapshot, path, books: { document, ledger, stores } };
  // Somebody else wrote: what the config would be without us is what they left, less what is ours.
  const bare = withoutUs({ document, ledger });
  const original = bare.text === document.text ? bytes : Buffer.from(bare.text);
  const base64 = bytes === undefined ? null : (original?.toString('base64') ?? null);
  return { snapshot, path, books: { document, ledger: { ...ledger, original: base64 }, stores } };
}

/** What the stores hold at places; a store that does not answer counts as holding nothing. */
export async function readStores(
  places: readonly Pick<Entry, 'section' | 'host'>[],
): Promise<ReadonlyMap<string, string | null>> {
  const wanted = places.filter(({ section }) => isStore(section));
  const answers = await Promise.all(
    wanted.map(async (place) => {
      const answer = await askStore(storeName(place.section), place.host);
      return [placeKey(place), 'failed' in answer ? null : answer.value] as const;
    }),
  );
  return new Map(answers);
}

/** Brings the stores from one state to another; gives what could not be done, with what the helper said. */
export async function writeStores(before: Books, after: Books): Promise<readonly FailedStore[]> {
  const places = [...before.ledger.places, ...after.ledger.places].filter(({ section }) => isStore(section));
  const distinct = new Map(places.map((place) => [placeKey(place), place]));
  const failures = [...distinct.values()].map(async (place): Promise<FailedStore[]> => {
    const value = valueAt(after, place);
    if (same(valueAt(before, place), value)) return [];
    const helper = storeName(place.section);
    const why = await writeStore(helper, place.host, value);
    return why === undefined ? [] : [{ helper, host: place.host, why }];
  });
  return (await Promise.all(failures)).flat();
}

/** A place in a store that could not be written. */
export interface FailedStore {
  readonly helper: string;
  readonly host: string;
  readonly why: string;
}

/**
 * Notes what is about to be written, so that it can be undone should this process end before it is. False where somebody else
 * was quicker: whoever stood still for long has lost the lock, and the ledger is another's.
 */
export function noteIntent(
  lock: Lock,
  { snapshot, path }: OpenBooks,
  content: Buffer | string | undefined | typeof FOREIGN,
  meanwhile: Ledger,
): boolean {
  if (!isUnchanged(lock, snapshot)) return false;
  const found = digest(snapshot.bytes);
  const written = content === FOREIGN ? [found] : [digest(content), found];
  if (meanwhile.places.length > 0) writeLedger(path, { ...meanwhile, written });
  return true;
}

/** Stands for a content that is nobody's of those in the ledger. */
export const FOREIGN = Symbol('foreign');

/** Writes a config (undefined: removes it); false where somebody else was quicker. Throws a LoginError. */
export function writeConfig(
  lock: Lock,
  { snapshot }: OpenBooks,
  content: Buffer | string | undefined,
): boolean {
  if (!isUnchanged(lock, snapshot)) return false;
  if (digest(content) === digest(snapshot.bytes)) return true;
  if (content === undefined) removeConfig(snapshot.path);
  else replaceFile(snapshot.path, content, snapshot.stats);
  return true;
}

/** The bytes that a config had before us; undefined for none. */
export function originalOf({ original }: Ledger): Buffer | undefined {
  return original === null ? undefined : Buffer.from(original, 'base64');
}

function removeConfig(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    throw notWritten(path, error);
  }
}

function isUnchanged(lock: Lock, snapshot: ConfigSnapshot): boolean {
  return lock.isOurs() && stampAt(snapshot.path) === snapshot.stamp;
}

function storeName(section: string): string {
  return section.replace(/^store:/, '');
}
