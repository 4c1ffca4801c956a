import { LoginError } from './errors';
import { input } from './runner';

/** The values of an input that takes several, one a line or with commas between. */
export function lines(name: string): readonly string[] {
  return (input(name) ?? '').split(/[\s,]+/).filter((line) => line !== '');
}

/** An input that is one of a few words; the first where it is not given. Throws a LoginError for another. */
export function oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
  const value = (input(name) ?? '').trim().toLowerCase();
  const found = value === '' ? words[0] : words.find((word) => word === value);
  if (found !== undefined) return found;
  const all = `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
  throw new LoginError(`The input ${name} is "${value}": write ${all}`);
}
