import { judgeStatus } from '../passing';
import type { RegistryAnswer } from '../registry-check';
import { type Judged, retryAfterMs } from '../retry';
import type { Outcome } from './client';

/** A docker login that failed: what docker said at last, and the registry's own answer where it was asked for. */
export class DockerFailure extends Error {
  readonly answer: RegistryAnswer | undefined;

  constructor(said: string, answer?: RegistryAnswer) {
    super(said);
    this.answer = answer;
  }
}

// Go's words for what passes; certificates, denials and stores are not among them.
const PASSING =
  /connection re(?:fused|set)|no such host|server misbehaving|is unreachable|timeout|timed out|deadline exceeded|Client\.Timeout|\bEOF\b|broken pipe|no answer within/i;
const STAYING = /x509|certificate|tls: |Proxy Authentication Required|Error saving credentials/i;

/** Judges what docker said; undefined for what stays. Its exit code is always 1. */
export function judgeDocker(error: unknown): Judged | undefined {
  if (!(error instanceof DockerFailure)) return undefined;
  const { message, answer } = error;
  const status = statusIn(message);
  if (status !== undefined) return judgeStatus(status, retryAfterMs(answer?.retryAfter));
  if (STAYING.test(message) || !PASSING.test(message)) return undefined;
  return { passing: 'transient', why: message.slice(0, 300) };
}

/** The status that the registry gave to docker, where docker tells. */
export function statusIn(said: string): number | undefined {
  const status = /failed with status: (\d{3})/.exec(said)?.[1];
  return status === undefined ? undefined : Number(status);
}

/**
 * What docker said at last. The lines before are progress ("Error logging in to endpoint, trying next
 * endpoint") and warnings.
 */
export function lastLine({ stderr }: Pick<Outcome, 'stderr'>): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING!'));
  return (
    lines
      .at(-1)
      ?.replace(/^Error response from daemon: /, '')
      .trim() ?? 'docker said nothing'
  );
}
