import { LineCounter, type ParsedNode, isAlias, isMap, isScalar, parseDocument, visit } from 'yaml';
import { LoginError } from '../errors';
import { isCredentialId } from '../reference';
import { mask } from '../runner';
import { maskSecrets } from './keys';
import { FIELDS, type Field, type Fields, type OidcOffer, type Source, readSource } from './source';

/**
 * Reads `credential-store`, a YAML or JSON map from credential ids to their sources, and masks every secret in
 * it before it says anything. Throws a LoginError with line and column, which quotes nothing, where it is
 * malformed; then every long word is masked, since what is secret in it cannot be told.
 */
export function readStore(text: string, offer: OidcOffer | undefined): ReadonlyMap<string, Source> {
  const entries = readEntries(text);
  for (const fields of entries.values()) maskSecrets(fields);
  return new Map(
    [...entries].map(([id, fields]) => {
      if (fields.size === 0)
        throw new LoginError(`Credential ${id} in credential-store is empty: give keys, a profile or a role`);
      return [id, readSource(fields, (field) => `${field} of credential ${id}`, offer)];
    }),
  );
}

function readEntries(text: string): ReadonlyMap<string, Fields> {
  const lines = new LineCounter();
  try {
    // With the failsafe schema every value stays the string that it is: 012345678901 and 1e5 too.
    const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines });
    const [error] = document.errors;
    if (error !== undefined) throw new Malformed(error.code.toLowerCase().replaceAll('_', ' '), error.pos[0]);
    refuseReferences(document.contents);
    return readMap(document.contents, 'a credential id', isId, (entry) =>
      readMap(entry, `one of the fields ${FIELDS.join(', ')}`, isField, readValue),
    );
  } catch (error) {
    maskWords(text);
    const { message, offset } = error instanceof Malformed ? error : new Malformed('it is no YAML', 0);
    const { line, col } = lines.linePos(offset);
    // The parser's own message quotes what it found, which can be a secret: not even the cause holds it.
    throw new LoginError(
      `The credential-store cannot be read at line ${line}, column ${col}: ${message}; write each value as \${{ toJSON(secrets.NAME) }}, or keep the whole store in one secret`,
    );
  }
}

// A secret key, a token and most else that must not be seen is at least as long; a field's name says nothing.
function maskWords(text: string): void {
  const words = text.split(/[\s"',:{}[\]]+/).filter((word) => word.length >= 16 && !isField(word));
  for (const word of new Set(words)) mask(word);
}

function isId(text: string): text is string {
  return isCredentialId(text);
}

function isField(text: string): text is Field {
  return FIELDS.some((field) => field === text);
}

/** What is wrong with a store, in words that hold nothing of it, and where: characters from its beginning. */
class Malformed extends Error {
  constructor(
    why: string,
    readonly offset: number,
  ) {
    super(why);
  }
}

function malformed(why: string, node: ParsedNode | null): Malformed {
  return new Malformed(why, node?.range[0] ?? 0);
}

// Each of these makes one text stand for another, so that a reader would not see what is in a store.
function refuseReferences(contents: ParsedNode | null): void {
  visit(contents, {
    Node: (_key, node) => {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) throw new Malformed('aliases (*) are not supported', offset);
      if (node.anchor !== undefined) throw new Malformed('anchors (&) are not supported', offset);
      if (node.tag !== undefined) throw new Malformed('tags (!) are not supported', offset);
    },
  });
}

function readMap<Key extends string, Value>(
  node: ParsedNode | null,
  expected: string,
  isKey: (text: string) => text is Key,
  valueOf: (node: ParsedNode) => Value,
): ReadonlyMap<Key, Value> {
  if (!isMap<ParsedNode, ParsedNode | null>(node))
    throw malformed(`a map belongs here, and each of its keys is ${expected}`, node);
  return new Map(
    node.items.map(({ key, value }) => {
      const name = readText(key);
      if (!isKey(name)) throw malformed(`this key is not ${expected}`, key);
      if (value === null) throw malformed('a value is missing', key);
      return [name, valueOf(value)];
    }),
  );
}

// What toJSON makes of a secret that is not set.
function readValue(node: ParsedNode): string {
  const text = readText(node);
  return isScalar(node) && node.type === 'PLAIN' && text === 'null' ? '' : text;
}

function readText(node: ParsedNode): string {
  if (isScalar(node) && typeof node.value === 'string') return node.value;
  throw malformed('a plain text belongs here', node);
}
