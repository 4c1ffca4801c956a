import { LoginError } from './errors';
import { input } from './runner';

/** How long the step tries. */
export interface Patience {
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
}

/** Reads how long the step tries. Throws a LoginError for what is no such number. */
export function readPatience(): Patience {
  return {
    maxAttempts: wholeNumber('max-attempts', 5, 100),
    timeoutSeconds: wholeNumber('timeout-seconds', 120, 21_600),
  };
}

function wholeNumber(name: string, usual: number, most: number): number {
  const text = (input(name) ?? '').trim();
  if (text === '') return usual;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new LoginError(`The input ${name} is "${text}": write a whole number from 1 to ${most}`);
}
