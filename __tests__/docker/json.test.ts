import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, parseJson } from '../../src/docker/json';

describe('a JSON text is read as JSON.parse reads it', () => {
  test('and every span holds its value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', '\t', '\r\n  '), (json, space) => {
        const text = space + JSON.stringify(JSON.parse(json), undefined, space) + space;
        const root = parseJson(text);
        expect(JSON.parse(text.slice(root.start, root.end))).toEqual(JSON.parse(json));
        for (const member of root.members) {
          const value: unknown = JSON.parse(text.slice(member.value.start, member.value.end));
          expect(JSON.parse(`{${text.slice(member.start, member.end)}}`)).toEqual({ [member.key]: value });
        }
      }),
    );
  });

  test('what one refuses, the other does too', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '\n',
      '\u0001',
      '01',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        const text = parts.join('');
        expect(isAccepted(() => parseJson(text))).toBe(isAccepted(() => JSON.parse(text)));
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['', 1, 1, 'it ends too early'],
  ['{"a": 1', 1, 8, 'it ends too early'],
  ['{\n  "a": secret\n}', 2, 8, 'a value is expected'],
  ['{"a": 1} tail', 1, 10, 'something follows behind its end'],
  ['{"a" 1}', 1, 6, 'a colon is expected'],
  ['{"a": 1,}', 1, 9, 'a key in quotes is expected'],
  ['[1 2]', 1, 4, 'a comma or ] is expected'],
  ['{"a": "tab\there"}', 1, 7, 'a value is expected'],
  ['['.repeat(300), 1, 202, 'it is nested too deeply'],
])('%j is refused at its place, without a word of it', (text, line, column, why) => {
  expect.assertions(2);
  try {
    parseJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
    expect(error).toMatchObject({ line, column, message: why });
  }
});

function isAccepted(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
