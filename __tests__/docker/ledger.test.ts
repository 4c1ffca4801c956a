import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig, slotText, slots } from '../../src/docker/document';
import { type Books, clean, emptyLedger, hold, release, same, withoutUs } from '../../src/docker/ledger';
import { setSlot } from '../../src/docker/splice';

const HOST = 'registry';
const FOREIGN = '{"auth":"Zm9yZWlnbjp4"}';
const BASES = ['{"auths":{"other":{}}}', `{"auths":{"${HOST}":{"auth":"YmFzZTp4"} , "other":{}}}`, '{}'];

const valueOf = (id: string): string => JSON.stringify({ auth: Buffer.from(`AWS:${id}`).toString('base64') });

function start(text: string): Books {
  return { document: parseConfig(text), ledger: emptyLedger(Buffer.from(text), null) };
}

function add(books: Books, id: string): Books {
  const holder = { id, expiresAt: Number.POSITIVE_INFINITY, workDirectory: id, home: '' };
  return hold(books, [{ section: 'auths', host: HOST, value: valueOf(id) }], holder);
}

const leave = (books: Books, id: string): Books => release(books, (holder) => holder.id === id);
const current = ({ document }: Books): string | undefined => slotText(document, 'auths', HOST);

/** Every order of events in which each job comes before it leaves. */
function interleavings(jobs: readonly string[]): readonly (readonly string[])[] {
  const orders: string[][] = [];
  const extend = (order: readonly string[]): void => {
    if (order.length === 2 * jobs.length) orders.push([...order]);
    for (const job of jobs) {
      if (!order.includes(`+${job}`)) extend([...order, `+${job}`]);
      else if (!order.includes(`-${job}`)) extend([...order, `-${job}`]);
    }
  };
  extend([]);
  return orders;
}

function play(books: Books, event: string): Books {
  return event.startsWith('+') ? add(books, event.slice(1)) : leave(books, event.slice(1));
}

describe.each(BASES)('in the config %s', (text) => {
  test.each([[['a']], [['a', 'b']], [['a', 'b', 'c']]])('jobs %j come and go in any order', (jobs) => {
    for (const order of interleavings(jobs)) {
      let books = start(text);
      const alive: string[] = [];
      for (const event of order) {
        books = play(books, event);
        const id = event.slice(1);
        if (event.startsWith('+')) alive.push(id);
        else alive.splice(alive.indexOf(id), 1);
        const newest = alive.at(-1);
        // The newest job that runs has its login; no job that has left has.
        if (newest !== undefined) expect(current(books)).toBe(valueOf(newest));
      }
      expect(withoutUs(books).text).toBe(text);
      expect(books.ledger.places).toEqual([]);
    }
  });

  test('somebody else writes at any point between: that stays, and no token that has ended comes back', () => {
    for (const order of interleavings(['a', 'b'])) {
      for (let position = 1; position < order.length; position += 1) {
        let books = start(text);
        order.forEach((event, index) => {
          if (index === position)
            books = { ...books, document: setSlot(books.document, 'auths', HOST, FOREIGN) };
          books = play(books, event);
        });
        expect(current(books)).toBe(FOREIGN);
      }
    }
  });

  test('somebody else signs out at any point between: no token comes back', () => {
    for (const order of interleavings(['a', 'b'])) {
      for (let position = 1; position < order.length; position += 1) {
        let books = start(text);
        order.forEach((event, index) => {
          if (index === position)
            books = { ...books, document: setSlot(books.document, 'auths', HOST, undefined) };
          books = play(books, event);
        });
        expect(current(books)).toBeUndefined();
      }
    }
  });

  test('a job that was killed is found out by another, in any order', () => {
    for (const order of interleavings(['a', 'b', 'c'])) {
      // b never leaves by itself; whoever leaves last takes it along.
      let books = start(text);
      for (const event of order.filter((one) => one !== '-b')) books = play(books, event);
      books = release(books, (holder) => holder.id === 'b');
      expect(withoutUs(books).text).toBe(text);
    }
  });
});

test('a holder that comes again has one place, with its new value', () => {
  const books = add(add(start('{}'), 'a'), 'a');
  expect(books.ledger.places[0]?.holders).toHaveLength(1);
});

test('a helper that was taken out comes back', () => {
  const text = '{"credHelpers":{"registry":"ecr-login","x":"pass"}}';
  const holder = { id: 'a', expiresAt: Number.POSITIVE_INFINITY, workDirectory: 'a', home: '' };
  const during = hold(start(text), [{ section: 'credHelpers', host: HOST, value: null }], holder);
  expect(slotText(during.document, 'credHelpers', HOST)).toBeUndefined();
  const after = leave(during, 'a');
  expect(JSON.parse(after.document.text)).toEqual(JSON.parse(text));
});

test.each([
  ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }', true],
  ['"\\u0026"', '"&"', true],
  ['{"a":1}', '{"a":2}', false],
  [null, null, true],
  [null, '{}', false],
])('%s and %s say the same: %s', (one, other, expected) => {
  expect(same(one, other)).toBe(expected);
});

describe('of any logins, held by any jobs', () => {
  const key = fc.constantFrom('ghcr.io', 'https://h/v1/', HOST, 'o1', 'o2');
  const entry = fc.constantFrom('{}', '{"auth":"eDp5"}', '{ "auth" : "eDp5", "foo": 1.0e2 }', 'null');
  const logins = fc.uniqueArray(fc.tuple(key, entry), { selector: ([name]) => name, maxLength: 5 });
  const config = fc
    .tuple(logins, fc.constantFrom('', ' ', '\n\t'))
    .map(
      ([list, gap]) =>
        `{"n":12345678901234567890,${gap}"auths":{${list.map(([name, value]) => `${gap}"${name}":${value}`).join(',')}}${gap}}`,
    );
  const hosts = fc.uniqueArray(fc.constantFrom(HOST, 'o1', 'o2', 'o3'), { minLength: 1 });

  const holdAll = (books: Books, id: string, list: readonly string[]): Books => {
    const entries = list.map((host) => ({ section: 'auths', host, value: valueOf(id + host) }) as const);
    return hold(books, entries, { id, workDirectory: id, home: '', expiresAt: Number.POSITIVE_INFINITY });
  };

  test('what was there comes back, byte for byte', () => {
    fc.assert(
      fc.property(config, hosts, hosts, fc.boolean(), (text, first, second, inOrder) => {
        const during = holdAll(holdAll(start(text), 'a', first), 'b', second);
        const after = (inOrder ? ['a', 'b'] : ['b', 'a']).reduce(leave, during);
        expect(after.document.text).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('what is cleaned is gone during and after, and nothing else is', () => {
    fc.assert(
      fc.property(config, fc.uniqueArray(key), hosts, (text, keys, list) => {
        const gone: readonly string[] = keys;
        const cleaned = clean(start(text), gone);
        const after = leave(holdAll(cleaned, 'a', list), 'a');
        const rest = slots(parseConfig(text), 'auths').filter(({ key: name }) => !gone.includes(name));
        expect(slots(after.document, 'auths').map(({ key: name }) => name)).toEqual(
          rest.map(({ key: name }) => name),
        );
        for (const { key: name } of rest)
          expect(slotText(after.document, 'auths', name)).toBe(slotText(parseConfig(text), 'auths', name));
        expect(after.document.text).toContain('"n":12345678901234567890');
        expect(Buffer.from(after.ledger.original ?? '', 'base64').toString()).toBe(after.document.text);
      }),
      { numRuns: 500 },
    );
  });

  test('a login that a running job holds is not cleaned away', () => {
    const during = holdAll(start('{"auths":{"x":{}}}'), 'a', [HOST]);
    expect(slotText(clean(during, [HOST, 'x']).document, 'auths', HOST)).toBe(valueOf(`a${HOST}`));
    expect(slotText(clean(during, [HOST, 'x']).document, 'auths', 'x')).toBeUndefined();
  });
});
