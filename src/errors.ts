/**
 * A failure that its reader can act on. The message is one line: what was tried, on what, what came back,
 * and what to do. It never holds a secret; the origin is kept as `cause`, shown at debug level alone.
 */
export class LoginError extends Error {
  override readonly name = 'LoginError';
}

/** The message of anything that can be thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
}

/** The `code` of a Node system error (`ENOENT`, `ECONNREFUSED` …), or undefined for any other value. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** The message of an AWS error, without what may be a secret in it. */
export function safeMessage(error: unknown): string {
  // AWS quotes the request it would have signed, session token included, behind these words.
  return messageOf(error)
    .replace(/\s*The Canonical String.*$/s, '')
    .replace(/[.;\s]+$/, '');
}
