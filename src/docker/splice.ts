import { type ConfigDocument, type Section, member, parseConfig, slots } from './document';
import type { JsonMember, JsonNode } from './json';

/**
 * Puts a value at a host's place in a section, or takes it away (`undefined`), and gives the document that
 * comes of it. Every other character stays: the text is edited, not printed anew, since printing loses
 * docker's own `\u0026`, large numbers, the order of keys and the user's indentation.
 */
export function setSlot(
  document: ConfigDocument,
  section: Section,
  host: string,
  value: string | undefined,
): ConfigDocument {
  const found = slots(document, section).find(({ key }) => key === host);
  if (value === undefined) return found === undefined ? document : parseConfig(without(document, found));
  if (found !== undefined) return parseConfig(replace(document.text, found.value, value));
  return parseConfig(withNew(document, section, `${JSON.stringify(host)}: ${value}`));
}

/** Takes a section away if nothing is in it. */
export function dropEmptySection(document: ConfigDocument, section: Section): ConfigDocument {
  const found = member(document, section);
  if (found === undefined || document.root === undefined || found.value.members.length > 0) return document;
  return parseConfig(removeMember(document.text, document.root, found));
}

/** Takes a top-level member away. */
export function dropMember(document: ConfigDocument, name: string): ConfigDocument {
  const found = member(document, name);
  if (found === undefined || document.root === undefined) return document;
  return parseConfig(removeMember(document.text, document.root, found));
}

function withNew(document: ConfigDocument, section: Section, entry: string): string {
  const { text, root } = document;
  // Docker's own layout, for a file that has none yet.
  if (root === undefined) return `{\n\t"${section}": {\n\t\t${entry}\n\t}\n}\n`;
  const found = member(document, section);
  if (found === undefined) return insertMember(text, root, `"${section}": {${entry}}`);
  if (found.value.type !== 'object') return replace(text, found.value, `{${entry}}`);
  return insertMember(text, found.value, entry);
}

function without({ text, root }: ConfigDocument, found: JsonMember): string {
  const parent = root?.members.find(({ value }) => value.members.includes(found))?.value;
  return parent === undefined ? text : removeMember(text, parent, found);
}

function replace(text: string, { start, end }: { start: number; end: number }, value: string): string {
  return text.slice(0, start) + value + text.slice(end);
}

// Behind the last member, laid out as that is; removeMember takes away just what this puts in.
function insertMember(text: string, { start, members }: JsonNode, entry: string): string {
  const last = members.at(-1);
  if (last === undefined) return replace(text, { start: start + 1, end: start + 1 }, entry);
  const space = /[ \t\r\n]*$/.exec(text.slice(0, last.start))?.[0] ?? '';
  return replace(text, { start: last.end, end: last.end }, `,${space}${entry}`);
}

/** Takes a member out of an object's text, with the comma that set it apart. */
export function removeMember(text: string, { members }: JsonNode, found: JsonMember): string {
  const index = members.indexOf(found);
  const before = members[index - 1];
  const after = members[index + 1];
  if (before !== undefined) return replace(text, { start: before.end, end: found.end }, '');
  return replace(text, { start: found.start, end: after?.start ?? found.end }, '');
}
