import { chmodSync, chownSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { distinct } from '../distinct';
import { LoginError, codeOf, messageOf } from '../errors';
import type { ConfigSnapshot } from './config';

// Beside its target, since a rename cannot leave the file system; named so that a leftover is known as ours.
const TEMPORARY = '.ecr-login-tmp-';

/**
 * Puts a file in the place of another in one step: whoever reads it finds all of the old or all of the new.
 * It gets the mode and, where we may, the owner of the old one; a new file is readable by its owner alone.
 * Throws a LoginError where that cannot be done, and leaves no half-written file.
 */
export function replaceFile(path: string, content: string | Buffer, stats: ConfigSnapshot['stats']): void {
  const temporary = temporaryFor(path);
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    if (stats !== undefined) keepOwner(temporary, stats);
    if (stats !== undefined) chmodSync(temporary, Number(stats.mode) & 0o7777);
    renamePatiently(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw notWritten(path, error);
  }
}

/**
 * Removes a file, if it is there. By `unlink`: Node's `rm` leaves some files of Windows where they are, without a
 * word (nodejs/node#61067).
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** The parts of a platform that differ, for tests to put others in their place. */
export interface Platform {
  readonly name: NodeJS.Platform;
  readonly rename: (from: string, to: string) => void;
}

const HERE: Platform = { name: process.platform, rename: renameSync };
const MOST_TRIES = 20;

/**
 * Renames a file over another. Windows refuses that while somebody has the other one open, which for a virus
 * scanner or another client is a matter of milliseconds: there it is tried for up to a second.
 */
export function renamePatiently(from: string, to: string, { name, rename }: Platform = HERE): void {
  for (let tries = 1; ; tries += 1) {
    try {
      rename(from, to);
      return;
    } catch (error) {
      const isOpen = name === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
      if (!isOpen || tries === MOST_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * tries);
    }
  }
}

/** A name beside a file for what is to take its place, or has to make place; swept if its process is killed. */
export function temporaryFor(path: string): string {
  return join(dirname(path), `${TEMPORARY}${basename(path)}-${distinct()}`);
}

/** Removes what a process of ours that was killed left half-written. For the holder of the lock. */
export function sweepTemporaries(path: string): void {
  const directory = dirname(path);
  for (const name of readdirSync(directory)) {
    // The names of the ledger and of the lock have the config's in them.
    if (name.startsWith(TEMPORARY) && name.includes(basename(path))) removeFile(join(directory, name));
  }
}

function keepOwner(path: string, { uid, gid }: NonNullable<ConfigSnapshot['stats']>): void {
  try {
    chownSync(path, Number(uid), Number(gid));
  } catch {
    // Only root may give a file away; docker too makes it its own.
  }
}

/** The error for a file that could not be written, with what to do about the usual causes. */
export function notWritten(path: string, error: unknown): LoginError {
  const code = codeOf(error) ?? messageOf(error);
  return new LoginError(
    `${path} could not be written: ${code}; ${WRITE_REMEDIES[code] ?? 'it was left as it is'}`,
    { cause: error },
  );
}

/** What to do about a file that could not be written, by the name that the system gives it. */
export const WRITE_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'let this user write to its directory, or use docker-config: isolated',
  EPERM: 'let this user write to its directory, or use docker-config: isolated',
  EROFS: 'its file system is read-only: use docker-config: isolated',
  EBUSY: 'it is mounted by itself, and so cannot be replaced: use docker-config: isolated',
  ENOSPC: 'the disk is full: make room on it',
  EDQUOT: 'the quota of this user is used up: make room',
};
