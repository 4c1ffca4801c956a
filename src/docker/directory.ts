import { mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { notWritten } from './write';

/** Makes a directory for its owner alone, and gives the topmost one that had to be made, or null. Throws a LoginError. */
export function makeDirectory(directory: string): string | null {
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    return made === undefined ? null : realpathSync(made);
  } catch (error) {
    throw notWritten(directory, error);
  }
}

/** Removes a directory that is empty, and then those above it, up to one that was made for it and no further. */
export function removeDirectory(directory: string, made: string): void {
  try {
    // By its real path: another job may know the same directory by another name.
    let path = realpathSync(directory);
    while (`${path}${sep}`.startsWith(`${made}${sep}`)) {
      rmdirSync(path);
      path = dirname(path);
    }
  } catch {
    // Somebody has put something there, or has removed it: so be it.
  }
}
