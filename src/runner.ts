import { appendFileSync } from 'node:fs';
import { EOL } from 'node:os';
import * as core from '@actions/core';
import { distinct } from './distinct';
import { type Log } from './log';
import { messageOf } from './errors';

/**
 * The default that `action.yml` gives to inputs for which absent and empty differ. A runner hands both over
 * as '': only an input with a default tells "not given" from "a secret that is empty".
 */
export const NOT_GIVEN = '(not given)';

/** The log of the step. Debug lines are printed with RUNNER_DEBUG=1 alone: an old runner shows them all. */
export const log: Log = {
  debug: (line) => {
    if (core.isDebug()) core.debug(line);
  },
  info: core.info,
  notice: core.notice,
  warning: core.warning,
};

/** An input, as it was written; undefined if it is absent or the sentinel. */
export function input(name: string): string | undefined {
  const value = core.getInput(name, { trimWhitespace: false });
  const undeclared = !(inputVariable(name) in process.env);
  return undeclared || value === NOT_GIVEN ? undefined : value;
}

// The runner upper-cases the name and keeps its dashes; @actions/core reads it so, and gives '' for both
// "not there" and "empty".
function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/**
 * Takes what the runner handed to this action alone out of the environment, which a `credential_process` would
 * inherit as it is: the inputs, the state, and what gets an OIDC token. Called once all of it has been read.
 */
export function hideFromChildren(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env))
    if (/^(?:INPUT|STATE|ACTIONS)_/i.test(name)) Reflect.deleteProperty(env, name);
}

/** Has the runner put *** in place of a value, in every line from here on. */
export function mask(secret: string): void {
  if (secret.trim() !== '') core.setSecret(secret);
}

/** Gives an output to the steps that follow. */
export { setOutput } from '@actions/core';

/**
 * Whether outputs go to a file. A runner without one (old ones of Gitea and Forgejo) has them printed to its
 * log, from which a mask keeps a secret only where the runner knows masks.
 */
export function hasOutputFile(env: NodeJS.ProcessEnv): boolean {
  return (env['GITHUB_OUTPUT'] ?? '') !== '';
}

/**
 * Sets an environment variable for the steps that follow; an empty value is taken as unset by docker. It is what
 * @actions/core does, but for its delimiter, which is drawn with Node's crypto, and that is slow to load.
 */
export function exportVariable(name: string, value: string): void {
  process.env[name] = value;
  const file = process.env['GITHUB_ENV'] ?? '';
  const end = `ecr-login-${distinct()}`;
  if (file !== '') appendFileSync(file, [`${name}<<${end}`, value, end, ''].join(EOL));
  else process.stdout.write(`::set-env name=${name}::${escapeData(value)}${EOL}`);
}

// What a command of the runner says after its second pair of colons.
function escapeData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Adds Markdown to the summary of the job; false where the runner has none. */
export function addSummary(markdown: string): boolean {
  const file = process.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file !== '') appendFileSync(file, markdown);
  return file !== '';
}

/** Leaves a value for the post step. */
export { saveState } from '@actions/core';

/** What main left for the post step under this name, or '' where main did not come so far. */
export { getState as readState } from '@actions/core';

/** True with RUNNER_DEBUG=1. */
export { isDebug } from '@actions/core';

/** Ends the step as failed, with the one line that says why; the stack and the causes at debug level. */
export function fail(error: unknown): void {
  explain(error);
  core.setFailed(messageOf(error));
}

/** Ends the process, as done: what still waits for an answer, or holds a connection, would keep the job waiting. */
export function end(): void {
  endWith(0);
}

function endWith(exitCode: number): void {
  // Not at once: what was printed may still be on its way where the standard output is a pipe.
  process.stdout.write('', () => process.exit(exitCode));
}

/** Fails the step, and ends the process. */
export function failAndEnd(error: unknown): void {
  fail(error);
  endWith(1);
}

/** Says at debug level where an error came from. */
export function explain(error: unknown): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    log.debug(cause.stack ?? cause.message);
}
