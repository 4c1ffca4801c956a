import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig, slotText } from '../../src/docker/document';
import {
  type Books,
  type Holder,
  emptyLedger,
  hold,
  release,
  whileChanging,
  withoutUs,
} from '../../src/docker/ledger';
import { setSlot } from '../../src/docker/splice';

const HOST = 'registry';
const valueOf = (id: string): string => JSON.stringify({ auth: Buffer.from(`AWS:${id}`).toString('base64') });
const FOREIGN = '{"auth":"Zm9yZWlnbjp4"}';
const hasEnded = ({ expiresAt }: Holder): boolean => expiresAt === 0;

type Event =
  | { readonly kind: 'add' | 'remove'; readonly id: string; readonly killed: 'no' | 'before' | 'behind' }
  | { readonly kind: 'foreign'; readonly value: string | undefined };

/** What is on the disk once a change was made, or was killed before or behind the write of the config. */
function change(books: Books, next: Books, killed: 'no' | 'before' | 'behind', final: Books): Books {
  const ledger = whileChanging(books.ledger, next.ledger);
  if (killed === 'before') return { document: books.document, ledger };
  if (killed === 'behind') return { document: next.document, ledger };
  return final;
}

function play(books: Books, event: Event): Books {
  if (event.kind === 'foreign')
    return { ...books, document: setSlot(books.document, 'auths', HOST, event.value) };
  const { id, killed } = event;
  if (event.kind === 'add') {
    const holder = { id, expiresAt: 1, workDirectory: id, home: '' };
    const next = hold(
      release(books, hasEnded),
      [{ section: 'auths', host: HOST, value: valueOf(id) }],
      holder,
    );
    return change(books, next, killed, { ...next, ledger: whileChanging(books.ledger, next.ledger) });
  }
  const next = release(books, (holder) => holder.id === id || hasEnded(holder));
  return change(books, next, killed, next);
}

const killed = fc.constantFrom('no' as const, 'before' as const, 'behind' as const);
const ids = fc.constantFrom('a', 'b', 'c');
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), id: ids, killed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), id: ids, killed }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('foreign' as const),
      value: fc.constantFrom(FOREIGN, undefined),
    }),
  },
);

test('whatever happens in whatever order, and is killed: a token that is gone from the config never comes back by itself', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }),
      fc.constantFrom('{}', `{"auths":{"${HOST}":{"auth":"YmFzZTp4"}}}`),
      (events, text) => {
        let books: Books = { document: parseConfig(text), ledger: emptyLedger(Buffer.from(text), null) };
        const gone = new Set<string>();
        for (const one of events) {
          // A step that signs in again is alive again.
          if (one.kind === 'add') gone.delete(one.id);
          books = play(books, one);
          if (one.kind === 'remove' && one.killed !== 'before') gone.add(one.id);
          const current = slotText(books.document, 'auths', HOST);
          for (const id of gone) expect(current).not.toBe(valueOf(id));
        }
        const bare = withoutUs(books);
        for (const id of ['a', 'b', 'c']) expect(bare.text).not.toContain(valueOf(id));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('a config that nobody else writes to is what it was, once all have left', () => {
  fc.assert(
    fc.property(
      fc.array(
        event.filter(({ kind }) => kind !== 'foreign'),
        { maxLength: 12 },
      ),
      (events) => {
        const text = `{ "x" : 12345678901234567890,\r\n"Auths":{"${HOST}": {"auth":"YmFzZTp4"} } }`;
        let books: Books = { document: parseConfig(text), ledger: emptyLedger(Buffer.from(text), null) };
        for (const one of events) books = play(books, one);
        for (const id of ['a', 'b', 'c']) books = play(books, { kind: 'remove', id, killed: 'no' });
        expect(books.document.text).toBe(text);
        expect(books.ledger.places).toEqual([]);
      },
    ),
    { numRuns: 2_000 },
  );
});
