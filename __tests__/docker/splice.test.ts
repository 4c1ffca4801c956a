import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Section, member, parseConfig, slotText, slots } from '../../src/docker/document';
import { dropEmptySection, setSlot } from '../../src/docker/splice';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const VALUE = '{"auth":"QVdTOnA="}';

const CONFIGS: readonly string[] = [
  '{}',
  '{ }',
  '{\n}\n',
  '{"auths":{}}',
  '{"auths": null}',
  '{\n\t"auths": {}\n}',
  '{\n\t"auths": {\n\t}\n}',
  '{"auths":{"ghcr.io":{"auth":"eDp5"}}}',
  '{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "eDp5"\n\t\t}\n\t}\n}',
  '{\r\n   "credsStore" : "" ,\r\n   "Auths" : { "ghcr.io":{} ,\r\n "b" : {"auth":""} }  }\r\n',
  '{"a":12345678901234567890,"10":1,"2":"\\u0026","auths":{"x":{"auth":"eDp5","foo":1e400}},"z":[1, 2]}',
  '{"HttpHeaders":{"X":"\\u003c"},"1":{}, "aUTHS":{"c":{}}}',
];

describe('an entry that is put in', () => {
  test.each(CONFIGS)('and taken out leaves the text as it was: %j', (text) => {
    const before = parseConfig(text);
    const during = setSlot(before, 'auths', HOST, VALUE);
    expect(slotText(during, 'auths', HOST)).toBe(VALUE);
    const after = setSlot(during, 'auths', HOST, undefined);
    const made = member(before, 'auths') === undefined;
    // A null section becomes an empty one, which says the same.
    expect((made ? dropEmptySection(after, 'auths') : after).text).toBe(
      text.replace('"auths": null', '"auths": {}'),
    );
  });

  test('takes the place of an older one of the same host, whatever stands around', () => {
    const text = `{"auths":{"a":{},"${HOST}": {"auth":"eDp5"} ,"b":{}}}`;
    const during = setSlot(parseConfig(text), 'auths', HOST, VALUE);
    expect(during.text).toBe(text.replace('{"auth":"eDp5"}', VALUE));
    expect(setSlot(during, 'auths', HOST, '{"auth":"eDp5"}').text).toBe(text);
  });

  test.each(['', '  \n', 'null', ' null\n'])("makes docker's own layout of a config that is %j", (text) => {
    expect(setSlot(parseConfig(text), 'auths', 'h', '{}').text).toBe(
      '{\n\t"auths": {\n\t\t"h": {}\n\t}\n}\n',
    );
  });

  test.each(['a', 'b', 'c'])('is taken out of among others: %s', (host) => {
    const text = '{"auths":{"a":{"auth":"eDp5"}, "b":{} ,"c":{}}}';
    const after = setSlot(parseConfig(text), 'auths', host, undefined);
    expect(slots(after, 'auths').map(({ key }) => key)).toEqual(
      ['a', 'b', 'c'].filter((key) => key !== host),
    );
  });
});

// Keys and values that printing would change: docker's escapes, large numbers, integer-like keys, odd space.
const space = fc.constantFrom('', ' ', '\n', '\t', '\r\n  ', ' \n\t');
const raw = fc.constantFrom(
  '12345678901234567890',
  '1e400',
  '"\\u0026\\u003c"',
  '{"b":1,"a":2}',
  '[1 ,2]',
  'null',
  '""',
);
const key = fc.constantFrom('10', '2', 'zzz', 'HttpHeader', 'a\\u0026b', 'plugins', 'é');
const host = fc.constantFrom('ghcr.io', 'https://index.docker.io/v1/', 'h:5000', HOST);
const entry = fc.constantFrom(
  '{}',
  '{"auth":"eDp5"}',
  '{ "auth" : "eDp5" , "foo": 1.0 }',
  '{"identitytoken":"\\u0041"}',
  'null',
);

function object(
  members: readonly (readonly [string, string])[],
  [a, b, c]: readonly [string, string, string],
): string {
  const parts = members.map(([name, value]) => `${a}"${name}"${b}:${c}${value}${b}`);
  return `{${parts.join(',')}${a}}`;
}

const spaces = fc.tuple(space, space, space);
const section = (values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.uniqueArray(host, { maxLength: 4 }), fc.array(values, { minLength: 4, maxLength: 4 }), spaces)
    .map(([hosts, list, gaps]) =>
      object(
        hosts.map((name, index) => [name, list[index] ?? '{}'] as const),
        gaps,
      ),
    );

const config = fc
  .tuple(
    fc.uniqueArray(key, { maxLength: 4 }),
    fc.array(raw, { minLength: 4, maxLength: 4 }),
    fc.option(fc.tuple(fc.constantFrom('auths', 'Auths', 'AUTHS'), section(entry))),
    fc.option(fc.tuple(fc.constantFrom('credHelpers', 'credhelpers'), section(fc.constant('"pass"')))),
    fc.nat(),
    spaces,
  )
  .map(([keys, values, auths, helpers, position, gaps]) => {
    const members = keys.map((name, index): readonly [string, string] => [name, values[index] ?? '1']);
    for (const extra of [auths, helpers])
      if (extra !== null) members.splice(position % (members.length + 1), 0, extra);
    return object(members, gaps);
  });

describe('of any config', () => {
  const sections: fc.Arbitrary<Section> = fc.constantFrom('auths', 'credHelpers');

  test('what is not ours comes out byte for byte as it went in', () => {
    fc.assert(
      fc.property(
        config,
        sections,
        fc.uniqueArray(fc.constantFrom('o1', 'o2', 'o3'), { minLength: 1 }),
        (text, name, ours) => {
          const before = parseConfig(text);
          const value = name === 'auths' ? VALUE : '""';
          const during = ours.reduce((document, one) => setSlot(document, name, one, value), before);
          for (const one of ours) expect(slotText(during, name, one)).toBe(value);
          const after = [...ours]
            .sort()
            .reduce((document, one) => setSlot(document, name, one, undefined), during);
          const made = member(before, name) === undefined;
          expect((made ? dropEmptySection(after, name) : after).text).toBe(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('an entry that is replaced and put back leaves no trace', () => {
    fc.assert(
      fc.property(config, (text) => {
        const before = parseConfig(text);
        for (const { key: name, value } of slots(before, 'auths')) {
          const old = text.slice(value.start, value.end);
          expect(setSlot(setSlot(before, 'auths', name, VALUE), 'auths', name, old).text).toBe(text);
        }
      }),
    );
  });

  test('an entry that is removed takes nothing else with it', () => {
    fc.assert(
      fc.property(config, (text) => {
        const before = parseConfig(text);
        for (const { key: gone } of slots(before, 'auths')) {
          const after = setSlot(before, 'auths', gone, undefined);
          const rest = slots(before, 'auths').filter(({ key: name }) => name !== gone);
          expect(slots(after, 'auths').map(({ key: name }) => name)).toEqual(
            rest.map(({ key: name }) => name),
          );
          for (const { key: name } of rest)
            expect(slotText(after, 'auths', name)).toBe(slotText(before, 'auths', name));
          expect(after.root?.members.map(({ key: name }) => name)).toEqual(
            before.root?.members.map(({ key: name }) => name),
          );
        }
      }),
    );
  });
});
