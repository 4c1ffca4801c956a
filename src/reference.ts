import { LoginError } from './errors';

/** A parsed credential reference; the form is the one of the Jenkins Amazon ECR plugin. */
export interface Reference {
  /** As it was written. */
  readonly text: string;
  readonly flavour: 'private' | 'public';
  /** Absent in `ecr:ID`: the registry or the fallbacks give it. */
  readonly region: string | undefined;
  readonly id: string;
}

/** One line of the `credential` input: a reference, and the registries that are tied to it. */
export interface ReferenceLine {
  readonly reference: Reference;
  readonly registries: readonly string[];
}

const FORM = 'write ecr:REGION:ID, such as ecr:eu-west-1:prod';
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
// Judged by form, never by a list: a region that opens tomorrow works today.
const REGION = /^[a-z]{2,8}(?:-[a-z]{2,16}){1,3}-\d{1,2}$/;

/** True for text that has the form of an AWS region (`eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`). */
export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** True for text that has the form of a credential id. */
export function isCredentialId(text: string): boolean {
  return ID.test(text);
}

/** The region that somebody meant who wrote this (`EU-West-1`, `us_east_1`, `us-east-1a`), or undefined. */
export function suggestRegion(text: string): string | undefined {
  const tidy = text
    .trim()
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/([a-z])(\d{1,2})$/, '$1-$2')
    .replace(/(\d)[a-f]$/, '$1');
  return tidy !== text && isRegion(tidy) ? tidy : undefined;
}

/**
 * Parses the `credential` input: a reference a line, each with the registries tied to it behind it; commas
 * separate lines too. Throws a LoginError for an input without any reference and for each malformed one.
 */
export function parseReferenceLines(text: string): readonly ReferenceLine[] {
  const lines = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new LoginError(`The input credential is empty: ${FORM}`);
  return lines.map(parseReferenceLine);
}

function parseReferenceLine(line: string): ReferenceLine {
  const [first = '', ...registries] = line.split(/\s+/);
  // "ecr: eu-west-1: prod" splits into words, none of which is what its writer meant.
  if (/:$/.test(first) && registries.length > 0)
    throw malformed(line, 'it has a space in it', line.replaceAll(/:\s+/g, ':'));
  return { reference: parseReference(first), registries };
}

/**
 * Parses one reference: `ecr:REGION:ID`, `ecr:ID` or `ecr-public:ID`. Throws a LoginError that says what is
 * wrong with it, and what was probably meant where that is plain.
 */
export function parseReference(text: string): Reference {
  const [prefix = '', ...rest] = text.split(':');
  if (prefix === 'ecr') return parsePrivate(text, rest);
  if (prefix === 'ecr-public') return parsePublic(text, rest);
  throw unknownPrefix(text, prefix, rest);
}

function parsePrivate(text: string, parts: readonly string[]): Reference {
  const [first = '', second, ...more] = parts;
  if (more.length > 0)
    throw malformed(text, 'it has more than three parts, and a credential id has no colon in it');
  if (second === undefined) return { text, flavour: 'private', region: undefined, id: checkId(text, first) };
  if (first === '') throw malformed(text, 'its region is empty', `ecr:${second}`);
  if (!isRegion(first)) throw badRegion(text, first, second);
  if (second === '') throw malformed(text, 'its credential id is empty', `ecr:${first}:default`);
  return { text, flavour: 'private', region: first, id: checkId(text, second) };
}

function parsePublic(text: string, parts: readonly string[]): Reference {
  const [first = '', ...more] = parts;
  const last = more.at(-1);
  if (last !== undefined) throw malformed(text, 'ECR Public has no region', `ecr-public:${last}`);
  return { text, flavour: 'public', region: undefined, id: checkId(text, first) };
}

function checkId(text: string, id: string): string {
  if (id === '') throw malformed(text, 'its credential id is empty', `${text.replace(/:*$/, '')}:default`);
  if (isCredentialId(id)) return id;
  throw malformed(
    text,
    'a credential id begins with a letter or a digit, and has only letters, digits, ".", "_" and "-"',
  );
}

function badRegion(text: string, region: string, id: string): LoginError {
  const meant = suggestRegion(region);
  if (meant !== undefined) return malformed(text, `"${region}" is no AWS region`, `ecr:${meant}:${id}`);
  if (isRegion(id))
    return malformed(text, 'its region and its credential id are swapped', `ecr:${id}:${region}`);
  return malformed(text, `"${region}" is no AWS region (they look like eu-west-1)`);
}

function unknownPrefix(text: string, prefix: string, rest: readonly string[]): LoginError {
  const bare = text.replaceAll(/^["'`]+|["'`]+$/g, '');
  if (bare !== text) return malformed(text, 'it has quotes in it', bare);
  if (/\.(?:dkr[.-])?ecr|^https?$/.test(prefix)) {
    return malformed(text, 'that is a registry, which belongs in the input registry or behind its reference');
  }
  return malformed(text, 'it does not begin with ecr: or ecr-public:', withPrefix(prefix, rest));
}

function withPrefix(prefix: string, rest: readonly string[]): string | undefined {
  const lower = prefix.toLowerCase().replace('_', '-');
  if (rest.length > 0 && (lower === 'ecr' || lower === 'ecr-public')) return [lower, ...rest].join(':');
  const [id] = rest;
  if (id === undefined) return isCredentialId(prefix) ? `ecr:${prefix}` : undefined;
  const region = suggestRegion(prefix) ?? prefix;
  return rest.length === 1 && isRegion(region) && isCredentialId(id) ? `ecr:${region}:${id}` : undefined;
}

function malformed(text: string, why: string, meant?: string): LoginError {
  const remedy = meant === undefined ? FORM : `did you mean ${meant}?`;
  return new LoginError(`The credential reference "${text}" cannot be read: ${why}; ${remedy}`);
}
