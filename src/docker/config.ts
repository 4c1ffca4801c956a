import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LoginError, codeOf, messageOf } from '../errors';
import { type ConfigDocument, ConfigShapeError, parseConfig } from './document';
import { JsonError } from './json';

/** Where a client looks for its config. */
export interface ConfigLocation {
  readonly directory: string;
  readonly file: string;
}

/** A config as it was read. */
export interface ConfigSnapshot {
  /** The file itself, behind every symbolic link. */
  readonly path: string;
  /** Its bytes, or undefined where there is no file. */
  readonly bytes: Buffer | undefined;
  readonly document: ConfigDocument;
  /** Changes whenever somebody writes the file; undefined where there is no file. */
  readonly stamp: string | undefined;
  readonly stats: Pick<BigIntStats, 'mode' | 'uid' | 'gid'> | undefined;
}

const MOST_BYTES = 16 * 1024 * 1024;

/** The Docker config of this environment: `DOCKER_CONFIG` unless that is empty (docker takes that as unset), else `~/.docker`. */
export function locateConfig(env: NodeJS.ProcessEnv, homeDirectory: string): ConfigLocation {
  const given = env['DOCKER_CONFIG'] ?? '';
  return configIn(given === '' ? join(homeDirectory, '.docker') : given);
}

/** The config in a directory. The post step may run elsewhere, so that a relative one is made absolute. */
export function configIn(given: string): ConfigLocation {
  const directory = resolve(given);
  return { directory, file: join(directory, 'config.json') };
}

/**
 * Reads a config and checks it. Throws a LoginError, with the file, the place and what to do, for one that
 * docker would lose data of: it replaces a file that it cannot read, and every other login in it is gone.
 */
export function readConfig({ file }: ConfigLocation): ConfigSnapshot {
  const path = realPath(file);
  const read = readBytes(path, file);
  const text = read === undefined ? '' : decode(read.bytes, file);
  return {
    path,
    bytes: read?.bytes,
    stats: read?.stats,
    stamp: read && stampOf(read.stats),
    document: parse(text, file),
  };
}

/** What tells one state of a file from the next; undefined where there is no file. */
export function stampAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && stampOf(stats);
}

function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join(':');
}

/** The file behind a config's name, with every link followed. Throws a LoginError for a link to nothing. */
export function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') {
      throw unreadable(file, `${dirname(file)} is no directory`, 'move it away', error);
    }
    if (codeOf(error) === 'ELOOP') {
      throw unreadable(file, 'its symbolic links lead in a circle', 'remove one of them', error);
    }
    if (codeOf(error) !== 'ENOENT') throw unreadable(file, messageOf(error), 'let this user read it', error);
    const broken = [file, dirname(file)].find(isBrokenLink);
    if (broken !== undefined) {
      const target = broken === file ? 'file' : 'directory';
      const why = `${broken} is a symbolic link to a ${target} that is not there`;
      throw unreadable(file, why, 'make its target, or remove the link', error);
    }
    return atRealDirectory(file);
  }
}

function isBrokenLink(path: string): boolean {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink && statSync(path, { throwIfNoEntry: false }) === undefined;
}

// Two names of one directory are to end in one lock.
function atRealDirectory(file: string): string {
  try {
    return join(realpathSync(dirname(file)), basename(file));
  } catch {
    return file;
  }
}

/** The bytes of a file, undefined where there is none. Throws a LoginError, with the name it was asked by, for what cannot be read. */
export function readBytes(path: string, file: string): { bytes: Buffer; stats: BigIntStats } | undefined {
  let descriptor: number;
  try {
    // A pipe without a writer would have us wait; Windows has neither the pipe nor the flag.
    const noWait = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;
    descriptor = openSync(path, constants.O_RDONLY | noWait);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(file, codeOf(error) ?? messageOf(error), 'let this user read it', error);
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) throw unreadable(file, 'it is no file', 'move it away');
    if (stats.size > MOST_BYTES) throw unreadable(file, 'it is larger than 16 MiB', 'move it away');
    return { bytes: readFileSync(descriptor), stats };
  } finally {
    closeSync(descriptor);
  }
}

// A byte-order mark is not ours to mind, but docker reads nothing behind one: what we write has none.
function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(file, 'it is not in UTF-8', 'save it in UTF-8, or move it away', error);
  }
}

function parse(text: string, file: string): ConfigDocument {
  const remedy = 'mend it, or move it away; it was left as it is';
  try {
    return parseConfig(text);
  } catch (error) {
    if (error instanceof JsonError) {
      const place = `line ${String(error.line)}, column ${String(error.column)}`;
      throw unreadable(file, `it is no valid JSON at ${place}: ${error.message}`, remedy);
    }
    if (error instanceof ConfigShapeError) throw unreadable(file, error.message, remedy);
    throw error;
  }
}

function unreadable(file: string, why: string, remedy: string, cause?: unknown): LoginError {
  const what = basename(file) === 'config.json' ? 'Docker config' : 'auth file';
  return new LoginError(`The ${what} ${file} cannot be used: ${why}; ${remedy}`, { cause });
}
