/** A value in a JSON text, with the offsets of its first character and of the one behind its last. */
export interface JsonNode {
  readonly type: 'object' | 'array' | 'string' | 'number' | 'literal';
  readonly start: number;
  readonly end: number;
  /** The members of an object, in their order; empty for all else. */
  readonly members: readonly JsonMember[];
}

/** A member of an object; it begins with its key and ends with its value. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

/** Says where and why a text is no JSON, and never quotes it: it may hold secrets. */
export class JsonError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, why: string) {
    super(why);
    const before = text.slice(0, offset).split('\n');
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

// Docker reads with Go's encoding/json, which gives up at 10,000; nothing real comes near either.
const MOST_DEPTH = 200;

const SPACE = /[ \t\r\n]*/y;
// eslint-disable-next-line no-control-regex -- control characters are what a JSON string must not hold
const PLAIN = /[^"\\\u0000-\u001f]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;

/** Reads a JSON text (RFC 8259) into nodes that say where each value stands. Throws a JsonError. */
export function parseJson(text: string): JsonNode {
  const scanner = new Scanner(text);
  const root = scanner.value(0);
  scanner.end();
  return root;
}

/** The value of a string node. */
export function stringAt(text: string, node: JsonNode): string {
  return JSON.parse(text.slice(node.start, node.end)) as string;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    this.#match(SPACE);
    if (depth > MOST_DEPTH) throw this.#error('it is nested too deeply');
    const start = this.#at;
    const simple = { start, members: [] };
    if (this.#take('{')) return { type: 'object', start, members: this.#members(depth), end: this.#at };
    if (this.#take('[')) return { type: 'array', ...simple, end: this.#elements(depth) };
    if (this.#string()) return { type: 'string', ...simple, end: this.#at };
    if (this.#match(NUMBER)) return { type: 'number', ...simple, end: this.#at };
    if (this.#match(LITERAL)) return { type: 'literal', ...simple, end: this.#at };
    throw this.#error('a value is expected');
  }

  end(): void {
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#error('something follows behind its end');
  }

  #members(depth: number): readonly JsonMember[] {
    const members: JsonMember[] = [];
    this.#match(SPACE);
    if (this.#take('}')) return members;
    do {
      this.#match(SPACE);
      const start = this.#at;
      if (!this.#string()) throw this.#error('a key in quotes is expected');
      const key = JSON.parse(this.#text.slice(start, this.#at)) as string;
      this.#match(SPACE);
      if (!this.#take(':')) throw this.#error('a colon is expected');
      const value = this.value(depth + 1);
      members.push({ key, start, end: value.end, value });
      this.#match(SPACE);
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error('a comma or } is expected');
    return members;
  }

  #elements(depth: number): number {
    this.#match(SPACE);
    if (this.#take(']')) return this.#at;
    do {
      this.value(depth + 1);
      this.#match(SPACE);
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#error('a comma or ] is expected');
    return this.#at;
  }

  // Piece by piece: one pattern for all of it needs a stack as deep as the string has escapes.
  #string(): boolean {
    const start = this.#at;
    if (!this.#take('"')) return false;
    while (this.#match(PLAIN) || this.#match(ESCAPE));
    if (this.#take('"')) return true;
    this.#at = start;
    return false;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.#at += found[0].length;
    return true;
  }

  #error(why: string): JsonError {
    const reason = this.#at >= this.#text.length ? 'it ends too early' : why;
    return new JsonError(this.#text, this.#at, reason);
  }
}
