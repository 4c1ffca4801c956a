import { type JsonMember, type JsonNode, parseJson, stringAt } from './json';

/** The parts of a Docker config that hold one value a registry host. */
export type Section = 'auths' | 'credHelpers';

/** A Docker config that docker would read in full; `root` is undefined for an empty, blank or `null` one. */
export interface ConfigDocument {
  readonly text: string;
  readonly root: JsonNode | undefined;
}

/** Why a text is no Docker config, without a word of it but the names of keys. */
export class ConfigShapeError extends Error {}

const STRINGS = ['credsStore', 'currentContext'];
const OBJECTS = ['auths', 'credHelpers', 'HttpHeaders', 'proxies'];

/**
 * Reads a Docker config. Throws a JsonError for what is no JSON, and a ConfigShapeError for what docker would
 * read otherwise than it stands there: docker replaces such a file, or drops entries of it, without an error.
 */
export function parseConfig(text: string): ConfigDocument {
  // JSON's own white space alone: docker reads no other.
  if (!/[^ \t\r\n]/.test(text)) return { text, root: undefined };
  const root = parseJson(text);
  if (isNull(text, root)) return { text, root: undefined };
  if (root.type !== 'object') throw new ConfigShapeError(`it holds no object but ${nameOf(root)}`);
  const document = { text, root };
  for (const name of STRINGS) checkType(document, name, 'string');
  for (const name of OBJECTS) checkType(document, name, 'object');
  for (const entry of slots(document, 'auths')) checkEntry(text, entry);
  for (const { key, value } of slots(document, 'credHelpers')) {
    if (value.type !== 'string') throw new ConfigShapeError(`credHelpers["${key}"] is no string`);
  }
  return document;
}

/** A top-level member, found as docker finds it: Go matches keys without regard to case. */
export function member({ root }: ConfigDocument, name: string): JsonMember | undefined {
  return root?.members.find(({ key }) => fold(key) === fold(name));
}

/** The JSON text of a top-level member, or undefined. */
export function memberText(document: ConfigDocument, name: string): string | undefined {
  const found = member(document, name);
  return found === undefined ? undefined : document.text.slice(found.value.start, found.value.end);
}

/** The members of a section, by host. */
export function slots(document: ConfigDocument, section: Section): readonly JsonMember[] {
  return member(document, section)?.value.members ?? [];
}

/** The JSON text that a host has in a section, or undefined. */
export function slotText(document: ConfigDocument, section: Section, host: string): string | undefined {
  const found = slots(document, section).find(({ key }) => key === host);
  return found === undefined ? undefined : document.text.slice(found.value.start, found.value.end);
}

// Go folds one character to one by Unicode: "ſ" is an s to it, and the Kelvin sign a k, but "ß" is no ss.
function fold(key: string): string {
  const ascii = key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
  return ascii.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function checkType(document: ConfigDocument, name: string, type: 'string' | 'object'): void {
  const found = document.root?.members.filter(({ key }) => fold(key) === fold(name)) ?? [];
  const [first, second] = found;
  if (second !== undefined) {
    throw new ConfigShapeError(
      `it holds ${name} twice ("${first?.key ?? ''}" and "${second.key}"), and docker would mix the two`,
    );
  }
  if (first === undefined || isNull(document.text, first.value)) return;
  if (first.value.type !== type)
    throw new ConfigShapeError(
      `its ${name} is ${nameOf(first.value)}, not ${type === 'string' ? 'a' : 'an'} ${type}`,
    );
  const keys = first.value.members.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new ConfigShapeError(`its ${name} holds "${twice}" twice`);
}

function checkEntry(text: string, { key: host, value }: JsonMember): void {
  if (isNull(text, value)) return;
  if (value.type !== 'object')
    throw new ConfigShapeError(`auths["${host}"] is ${nameOf(value)}, not an object`);
  const auth = value.members.findLast(({ key }) => fold(key) === 'auth')?.value;
  if (auth === undefined || isNull(text, auth)) return;
  if (auth.type !== 'string' || !isAuth(stringAt(text, auth))) {
    throw new ConfigShapeError(
      `the auth of "${host}" is not base64 of user:password, over which docker loses other logins at random`,
    );
  }
}

// docker/cli, cli/config/configfile/file.go, decodeAuth: empty, or padded base64 of NAME:PASSWORD.
function isAuth(auth: string): boolean {
  if (auth === '') return true;
  const bare = auth.replaceAll(/[\r\n]/g, '');
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return false;
  return Buffer.from(bare, 'base64').indexOf(':') > 0;
}

function isNull(text: string, node: JsonNode): boolean {
  return node.type === 'literal' && text.slice(node.start, node.end) === 'null';
}

function nameOf({ type }: JsonNode): string {
  if (type === 'literal') return 'true, false or null';
  return type === 'object' || type === 'array' ? `an ${type}` : `a ${type}`;
}
