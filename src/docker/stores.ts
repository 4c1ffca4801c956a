import { codeOf } from '../errors';
import { childEnvironment, run } from './client';
import { type ConfigDocument, member, slots } from './document';
import { stringAt } from './json';

/** A place in a native credential store, in the ledger: `store:` and the name of its helper. */
export type StoreSection = `store:${string}`;

/** What a credential helper answers for a host: JSON text of its user and secret, null for none, or that it failed. */
export type StoreAnswer = { readonly value: string | null } | { readonly failed: string };

// A helper that wants to be unlocked waits for somebody who is not there.
const ANSWER_MS = 5_000;

/** The credential helper that docker asks for a host, with the key that names it; undefined: the file. */
export function helperOf(
  document: ConfigDocument,
  host: string,
): { readonly name: string; readonly key: 'credHelpers' | 'credsStore' } | undefined {
  const own = slots(document, 'credHelpers').find(({ key }) => key === host);
  // An empty name is an answer too: the file, whatever credsStore says (docker/cli, configfile/file.go).
  if (own !== undefined) {
    const name = stringAt(document.text, own.value);
    return name === '' ? undefined : { name, key: 'credHelpers' };
  }
  const name = credsStore(document);
  return name === undefined ? undefined : { name, key: 'credsStore' };
}

/** The helper that `credsStore` names, or undefined. */
export function credsStore(document: ConfigDocument): string | undefined {
  const found = member(document, 'credsStore');
  if (found?.value.type !== 'string') return undefined;
  const name = stringAt(document.text, found.value);
  return name === '' ? undefined : name;
}

/** Asks a helper what it holds for a host. Never throws. */
export async function askStore(helper: string, host: string): Promise<StoreAnswer> {
  const { exitCode, stdout, failure } = await call(helper, 'get', host);
  if (exitCode === 0) return parseAnswer(stdout);
  // The protocol's own words (docker-credential-helpers, credentials/error.go).
  if (failure === undefined && /credentials not found in native keychain/i.test(stdout))
    return { value: null };
  return { failed: failure ?? firstLine(stdout) };
}

/**
 * Puts a user and secret (JSON text) into a store, or takes them out (null), and looks whether that is so.
 * Gives undefined if it is, else what the helper said. Never throws.
 */
export async function writeStore(
  helper: string,
  host: string,
  value: string | null,
): Promise<string | undefined> {
  const input = value === null ? host : JSON.stringify({ ServerURL: host, ...(JSON.parse(value) as object) });
  const { exitCode, stdout, failure } = await call(helper, value === null ? 'erase' : 'store', input);
  if (exitCode !== 0) return failure ?? firstLine(stdout);
  const answer = await askStore(helper, host);
  if ('failed' in answer) return answer.failed;
  // There are helpers that say yes and store nothing (amazon-ecr-credential-helper with AWS_ECR_IGNORE_CREDS_STORAGE).
  return answer.value === value ? undefined : 'it keeps nothing';
}

/** What a login is to a store. */
export function storeValue(username: string, secret: string): string {
  return JSON.stringify({ Username: username, Secret: secret });
}

/** The hosts that a store holds logins for; empty where it does not answer. */
export async function listStore(helper: string): Promise<readonly string[]> {
  const { exitCode, stdout } = await call(helper, 'list', '');
  try {
    return exitCode === 0 ? Object.keys(JSON.parse(stdout) as object) : [];
  } catch {
    return [];
  }
}

interface HelperOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly failure?: string;
}

async function call(helper: string, action: string, input: string): Promise<HelperOutcome> {
  const command = {
    tool: `docker-credential-${helper}`,
    args: [action],
    env: childEnvironment(process.env, true),
  };
  try {
    // Some helpers read until the end of the line.
    const { exitCode, stdout, timedOut } = await run({
      ...command,
      input: `${input}\n`,
      timeoutMs: ANSWER_MS,
    });
    return timedOut ? { exitCode: 1, stdout, failure: 'it does not answer' } : { exitCode, stdout };
  } catch (error) {
    return { exitCode: 1, stdout: '', failure: codeOf(error) ?? 'it is not on the PATH' };
  }
}

function parseAnswer(stdout: string): StoreAnswer {
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === 'string' && typeof Secret === 'string')
      return { value: storeValue(Username, Secret) };
  } catch {
    // No JSON: told below, without quoting what may be a secret.
  }
  return { failed: 'its answer cannot be read' };
}

// A helper prints why it failed where it would print a secret: only words that are none are passed on.
function firstLine(stdout: string): string {
  const line = stdout.split('\n')[0]?.trim() ?? '';
  return /^[A-Za-z][\w ,.'()-]{2,100}$/.test(line) && !/[A-Za-z0-9]{25}/.test(line) ? line : 'it failed';
}
