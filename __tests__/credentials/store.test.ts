import { describe, expect, test } from 'vitest';
import { readStore } from '../../src/credentials/store';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const ID = 'AKIAIOSFODNN7EXAMPLE';

/** Runs something, and gives the masks that it printed, and what it threw. */
function withMasks<Result>(run: () => Result): { masks: string[]; result?: Result; error?: unknown } {
  const masks: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    const mask = /^::add-mask::(.*)$/m.exec(String(chunk))?.[1];
    if (mask !== undefined) masks.push(mask.replaceAll('%0A', '\n'));
    return true;
  };
  try {
    return { masks, result: run() };
  } catch (error) {
    return { masks, error };
  } finally {
    process.stdout.write = write;
  }
}

describe('what is written stays as it is', () => {
  test.each<[string, string]>([
    ['YAML', `prod:\n  access-key-id: 012345678901\n  secret-access-key: 1e5\n`],
    ['flow', `{prod: {access-key-id: 012345678901, secret-access-key: 1e5}}`],
    [
      'quotes, a comment, CRLF',
      `prod: # mine\r\n  access-key-id: '012345678901'\r\n  secret-access-key: "1e5"\r\n`,
    ],
    ['JSON', `{\n\t"prod": {"access-key-id": "012345678901", "secret-access-key": "1e5"}\n}`],
    ['a BOM', `\uFEFFprod: {access-key-id: 012345678901, secret-access-key: 1e5}`],
  ])('%s', (_name, text) => {
    const { masks, result } = withMasks(() => readStore(text, undefined));
    const keys = { accessKeyId: '012345678901', secretAccessKey: '1e5' };
    expect([...(result ?? [])]).toEqual([['prod', { kind: 'keys', keys }]]);
    expect(masks).toEqual(['1e5']);
  });

  test('ids of every form are keys of their own', () => {
    const ids = ['constructor', 'hasOwnProperty', '7f3e-uuid', 'team-backend-2', 'null', 'true', '012'];
    const text = ids.map((id) => `${id}: {profile: p}`).join('\n');
    expect([...readStore(text, undefined).keys()]).toEqual(ids);
    expect(readStore(text, undefined).get('toString')).toBeUndefined();
  });

  test.each(['null', '  null  # not set'])(
    'what toJSON makes of an unset secret is an empty one: %s',
    (value) => {
      const text = `a:\n  access-key-id: ${ID}\n  secret-access-key: ${value}\n`;
      expect(() => readStore(text, undefined)).toThrow('secret-access-key of credential a is empty');
      expect(() => readStore(text.replace(value, '"null"'), undefined)).not.toThrow();
    },
  );

  test('JSON escapes are undone', () => {
    const secret = SECRET.replace('/', '\\/').replace('+', '\\u002b');
    const text = `{"a": {"access-key-id": "${ID}", "secret-access-key": "${secret}"}}`;
    const { masks, result } = withMasks(() => readStore(text, undefined));
    expect(result?.get('a')).toMatchObject({ keys: { secretAccessKey: SECRET } });
    expect(masks).toEqual([SECRET]);
  });
});

test('every secret in it is masked, though an entry before it cannot be used', () => {
  const text = `a: {access-key-id: ${ID}}\nb: {access-key-id: ${ID}, secret-access-key: ${SECRET}, session-token: tokentoken}\nc: {role-to-assume: x, web-identity-token: a.b.c}`;
  const { masks, error } = withMasks(() => readStore(text, undefined));
  expect(masks).toEqual([SECRET, 'tokentoken', 'a.b.c']);
  expect(String(error)).toContain('secret-access-key of credential a is missing');
});

describe('what is malformed is told by its place, quoted nowhere, and masked', () => {
  const ENTRY = `access-key-id: ${ID}\n  secret-access-key: `;
  test.each<[string, string, string]>([
    ['a quote without end', `a:\n  ${ENTRY}"${SECRET}\n`, 'missing char'],
    ['a colon in a bare value', `a:\n  ${ENTRY}x: ${SECRET}\n`, 'line 3, column 22: block as implicit key'],
    ['a tab', `a:\n\tsecret-access-key: ${SECRET}`, 'line 2, column 1: tab as indent'],
    ['a bare value on two lines', `a:\n  ${ENTRY}wJalrXUtnFEMI\n${SECRET}\n`, 'line 4, column 1: '],
    [
      'a line that is no entry',
      `a:\n  ${ENTRY}x\n  ${SECRET}: y\n`,
      'line 4, column 3: this key is not one of the fields',
    ],
    [
      'a missing comma',
      `{"a": {"access-key-id": "${ID}" "secret-access-key": "${SECRET}"}}`,
      'unexpected token',
    ],
    ['a key twice', `a:\n  ${ENTRY}${SECRET}\n  secret-access-key: x`, 'line 4, column 3: duplicate key'],
    ['an id twice', `a: {profile: x}\n"a":\n  ${ENTRY}${SECRET}`, 'line 2, column 1: duplicate key'],
    ['an anchor', `a:\n  ${ENTRY}&x ${SECRET}`, 'anchors (&) are not supported'],
    ['an alias', `a: {profile: *x}\nb:\n  ${ENTRY}${SECRET}`, 'line 1, column 14: '],
    ['a merge key', `a:\n  <<: {secret-access-key: ${SECRET}}`, 'line 2, column 3: this key is not one of'],
    ['a tag', `a:\n  ${ENTRY}!!binary ${SECRET}`, 'tags (!) are not supported'],
    ['an unknown tag', `a:\n  ${ENTRY}!x ${SECRET}`, 'tags (!) are not supported'],
    ['two documents', `a: {profile: x}\n---\nb:\n  ${ENTRY}${SECRET}`, 'multiple docs'],
    [
      'an unknown field',
      `a:\n  secret-acess-key: ${SECRET}`,
      'line 2, column 3: this key is not one of the fields access-key-id, ',
    ],
    [
      'an id that is none',
      `a b:\n  secret-access-key: ${SECRET}`,
      'line 1, column 1: this key is not a credential id',
    ],
    ['no map', SECRET, 'line 1, column 1: a map belongs here'],
    ['a list', `- ${SECRET}`, 'line 1, column 1: a map belongs here'],
    ['an entry that is no map', `a: ${SECRET}`, 'line 1, column 4: a map belongs here'],
    [
      'a map too deep',
      `a:\n  secret-access-key: {b: ${SECRET}}`,
      'line 2, column 22: a plain text belongs here',
    ],
    ['no value', `{a: {secret-access-key, "${SECRET}": x}}`, 'line 1, column 6: a value is missing'],
  ])('%s', (_name, text, message) => {
    const { masks, error } = withMasks(() => readStore(text, undefined));
    expect(error).toMatchObject({ name: 'LoginError' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).toMatch(/cannot be read at line \d+, column \d+: /);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain(SECRET);
    expect(masks).toContain(SECRET);
    expect(masks).not.toContain('secret-access-key');
  });

  test('an entry that is empty', () => {
    expect(() => readStore('a: {}', undefined)).toThrow('Credential a in credential-store is empty');
  });
});
