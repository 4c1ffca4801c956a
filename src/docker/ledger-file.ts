import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LoginError, codeOf, messageOf } from '../errors';
import type { Log } from '../log';
import type { ConfigLocation } from './config';
import type { Holder, Ledger } from './ledger';
import { isStepMark } from './step';
import { notWritten, removeFile, replaceFile } from './write';

/** The file of a config's ledger, beside it. */
export function ledgerPath(configPath: string): string {
  return join(dirname(configPath), `.${basename(configPath)}.ecr-login`);
}

/**
 * Reads a ledger; undefined where there is none. One that cannot be understood is set aside, with a warning.
 * Throws a LoginError for a file that somebody else could have put there.
 */
export function readLedger(path: string, log: Log): Ledger | undefined {
  const text = readTrusted(path);
  if (text === undefined) return undefined;
  const ledger = parseLedger(text);
  if (ledger !== undefined) return ledger;
  const aside = `${path}-broken`;
  renameSync(path, aside);
  log.warning(
    `The ledger ${path} could not be read and is now ${aside}: logins of jobs that still run stay behind when they end`,
  );
  return undefined;
}

/** Writes a ledger, for its owner's eyes alone. Throws a LoginError where that cannot be done. */
export function writeLedger(path: string, ledger: Ledger): void {
  replaceFile(path, JSON.stringify(ledger), undefined);
}

/** Removes a ledger. Throws a LoginError where that cannot be done. */
export function removeLedger(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/**
 * Checks that a directory can hold secrets: one that everybody can write to cannot, since anybody could put
 * another file in the place of ours. Throws a LoginError. Windows has no such modes.
 */
export function checkDirectory(
  directory: string,
  { file }: ConfigLocation,
  platform = process.platform,
): void {
  if (platform === 'win32' || (statSync(directory).mode & 0o002) === 0) return;
  throw new LoginError(
    `The directory ${directory} of ${file} can be written by everybody, and a login is not safe there: run chmod o-w on it, or ${basename(file) === 'config.json' ? 'use docker-config: isolated' : 'let REGISTRY_AUTH_FILE name a file elsewhere'}`,
  );
}

function readTrusted(path: string): string | undefined {
  let descriptor: number;
  try {
    const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
    descriptor = openSync(path, constants.O_RDONLY | noFollow);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw untrusted(path, codeOf(error) ?? messageOf(error));
  }
  try {
    const { mode, uid } = fstatSync(descriptor);
    const owners = [process.getuid?.(), statSync(dirname(path)).uid];
    if (process.platform !== 'win32' && ((mode & 0o077) !== 0 || !owners.includes(uid))) {
      throw untrusted(path, 'others than this user can change it');
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function untrusted(path: string, why: string): LoginError {
  return new LoginError(
    `The ledger ${path} cannot be trusted: ${why}; look at it, and remove it if no job is running`,
  );
}

function parseLedger(text: string): Ledger | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLedger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLedger(value: unknown): value is Ledger {
  return (
    isRecord(value) &&
    value['version'] === 1 &&
    isTextOrNull(value['original']) &&
    isListOf(value['written'], isText) &&
    isTextOrNull(value['madeDirectory']) &&
    isListOf(value['madeSections'], isText) &&
    isListOf(value['places'], isPlace)
  );
}

function isPlace(value: unknown): boolean {
  return (
    isRecord(value) &&
    /^(?:auths|credHelpers|store:.+)$/.test(String(value['section'])) &&
    isText(value['host']) &&
    isJsonOrNull(value['base']) &&
    isListOf(value['holders'], isHolder)
  );
}

function isHolder(value: unknown): value is Holder {
  return (
    isRecord(value) &&
    typeof value['expiresAt'] === 'number' &&
    isJsonOrNull(value['value']) &&
    isStepMark(value)
  );
}

function isJsonOrNull(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'string') return false;
  JSON.parse(value);
  return true;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
