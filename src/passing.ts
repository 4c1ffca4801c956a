import { codeOf, messageOf } from './errors';
import type { Judged } from './retry';

// 404 as well: registries behind a load balancer are known to give it for a moment.
const PASSING_STATUS = /^(?:404|408|429|500|502|503|504)$/;
const PASSING_CODE =
  /^(?:ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ECONNABORTED)$/;

/** Whether an HTTP status is one of those that another attempt may not meet. */
export function isPassingStatus(status: number): boolean {
  return PASSING_STATUS.test(String(status));
}

/** Judges an HTTP status; undefined for one that stays. */
export function judgeStatus(status: number, retryAfterMs?: number): Judged | undefined {
  if (!isPassingStatus(status)) return undefined;
  return { passing: status === 429 ? 'throttling' : 'transient', why: `status ${status}`, retryAfterMs };
}

/** Judges a failure to get any answer; undefined for one that stays, such as a bad certificate. */
export function judgeNetwork(error: unknown): Judged | undefined {
  const code = codeOf(error);
  if (code === undefined || !PASSING_CODE.test(code)) return undefined;
  return { passing: 'transient', why: `${messageOf(error)} (${code})` };
}
