import { type ConfigDocument, type Section, member, parseConfig, slotText } from './document';
import { dropEmptySection, setSlot } from './splice';
import type { StepMark } from './step';
import type { StoreSection } from './stores';

/** A step that has put a value at a host's place, and has not taken it away yet. */
export interface Holder extends StepMark {
  /** JSON text; null stands for "no value". */
  readonly value: string | null;
  /** When the value is of no more use, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The place of a host in a section: what stood there before us, and who has written there since, in order. */
export interface Place {
  readonly section: Section | StoreSection;
  readonly host: string;
  readonly base: string | null;
  readonly holders: readonly Holder[];
}

/** What is known of a config that is not in it. It lies beside the config, and holds what the config held. */
export interface Ledger {
  readonly version: 1;
  /** The bytes that the config would have without us (base64); null stands for "no file". */
  readonly original: string | null;
  /** Digests of what the config holds if nobody else has written to it: as we left it, and as we found it. */
  readonly written: readonly string[];
  /** The topmost directory that was made for the config, to be removed with it. */
  readonly madeDirectory: string | null;
  /** Sections that were made for our values, to be removed with the last. */
  readonly madeSections: readonly Section[];
  readonly places: readonly Place[];
}

/** A value to put at a host's place. */
export interface Entry {
  readonly section: Section | StoreSection;
  readonly host: string;
  /** JSON text; null takes what is there away. */
  readonly value: string | null;
}

/** A config, what native stores hold beside it, and its ledger. */
export interface Books {
  readonly document: ConfigDocument;
  readonly ledger: Ledger;
  /** What the stores hold at the places that matter, by placeKey. */
  readonly stores?: ReadonlyMap<string, string | null>;
}

/** The key of a place. */
export function placeKey({ section, host }: { readonly section: string; readonly host: string }): string {
  return `${section} ${host}`;
}

/** The value at a place, null for none. */
export function valueAt(books: Books, place: Pick<Entry, 'section' | 'host'>): string | null {
  const { section, host } = place;
  if (isStore(section)) return books.stores?.get(placeKey(place)) ?? null;
  return slotText(books.document, section, host) ?? null;
}

function put(books: Books, place: Pick<Entry, 'section' | 'host'>, value: string | null): Books {
  const { section, host } = place;
  if (isStore(section)) return { ...books, stores: new Map(books.stores).set(placeKey(place), value) };
  return { ...books, document: setSlot(books.document, section, host, value ?? undefined) };
}

/** Puts entries at their places for good: to the ledger they are as good as written by somebody else. */
export function keep(books: Books, entries: readonly Entry[]): Books {
  return entries.reduce((state, entry) => put(state, entry, entry.value), books);
}

/** True for a place in a native store, and not in the config. */
export function isStore(section: Section | StoreSection): section is StoreSection {
  return section.startsWith('store:');
}

/** The ledger of a config that nobody holds anything in. */
export function emptyLedger(bytes: Buffer | undefined, madeDirectory: string | null): Ledger {
  const original = bytes?.toString('base64') ?? null;
  return { version: 1, original, written: [digest(bytes)], madeDirectory, madeSections: [], places: [] };
}

/**
 * Tells one content of a config from another, and from there being none. Not a cryptographic digest, for which
 * each post step would load Node's crypto, 4 ms: who can write the config can write the ledger as well.
 */
export function digest(content: Buffer | string | undefined): string {
  if (content === undefined) return 'no file';
  const bytes = Buffer.from(content);
  // Two of FNV-1a (www.isthe.com/chongo/tech/comp/fnv), 32 bits each, one of them backwards.
  let [there, back] = [0x811c9dc5, 0x811c9dc5];
  for (let at = 0; at < bytes.length; at += 1) {
    there = Math.imul(there ^ (bytes[at] ?? 0), 0x01000193);
    back = Math.imul(back ^ (bytes[bytes.length - 1 - at] ?? 0), 0x01000193);
  }
  return `${String(bytes.length)}-${String(there >>> 0)}-${String(back >>> 0)}`;
}

/**
 * Puts entries at their places for a holder. What is there of nobody we know of becomes the base: somebody
 * wrote it since, and it is theirs to find again.
 */
export function hold(books: Books, entries: readonly Entry[], holder: Omit<Holder, 'value'>): Books {
  return entries.reduce((state, { section, host, value }) => {
    const { ledger } = state;
    const current = valueAt(state, { section, host });
    const found = ledger.places.find((place) => place.section === section && place.host === host);
    const known = found?.holders ?? [];
    const base = known.some((one) => same(one.value, current)) ? (found?.base ?? null) : current;
    const holders = [...known.filter(({ id }) => id !== holder.id), { ...holder, value }];
    const places = [...ledger.places.filter((place) => place !== found), { section, host, base, holders }];
    const makes = value !== null && !isStore(section) && member(state.document, section) === undefined;
    const madeSections = makes ? [...new Set([...ledger.madeSections, section])] : ledger.madeSections;
    return { ...put(state, { section, host }, value), ledger: { ...ledger, places, madeSections } };
  }, books);
}

/**
 * Takes holders out. Where the value of one of them is the current one, the newest holder that stays gets its
 * own back, else the base; a value that somebody else has put there is left alone.
 */
export function release(books: Books, leaves: (holder: Holder) => boolean): Books {
  return books.ledger.places.reduce((state, place) => {
    const leaving = place.holders.filter(leaves);
    if (leaving.length === 0) return state;
    const staying = place.holders.filter((holder) => !leaving.includes(holder));
    const current = valueAt(state, place);
    const isTheirs = leaving.some((holder) => same(holder.value, current));
    const next = staying.at(-1);
    const others = state.ledger.places.filter((one) => one !== place);
    const places = next === undefined ? others : [...others, { ...place, holders: staying }];
    const restored = isTheirs ? put(state, place, next === undefined ? place.base : next.value) : state;
    return { ...restored, ledger: { ...state.ledger, places } };
  }, books);
}

/**
 * The ledger to have while a config is being changed: `next`, with the holders that go kept as ended ones.
 * Killed before the change, the value of one of them is still in the config, and is known for what it is;
 * killed behind it, that value does not come back.
 */
export function whileChanging(before: Ledger, next: Ledger): Ledger {
  const withGoing = (old: Place, place: Place): Place => {
    const going = old.holders.filter(
      ({ id, value }) => !place.holders.some((one) => one.id === id && one.value === value),
    );
    return { ...place, holders: [...going.map((one) => ({ ...one, expiresAt: 0 })), ...place.holders] };
  };
  const find = (places: readonly Place[], { section, host }: Place): Place | undefined =>
    places.find((one) => one.section === section && one.host === host);
  const kept = next.places.map((place) => withGoing(find(before.places, place) ?? place, place));
  const left = before.places.filter((place) => find(next.places, place) === undefined);
  return { ...next, places: [...kept, ...left.map((place) => withGoing(place, { ...place, holders: [] }))] };
}

/**
 * Takes logins out for good: out of the config, out of what comes back when the last holder has gone. A login
 * that a running job holds stays, for that job's sake.
 */
export function clean(books: Books, hosts: readonly string[]): Books {
  return hosts
    .filter((host) => !isHeld(books, host))
    .reduce((state, host) => {
      const { original } = state.ledger;
      const text = original === null ? null : Buffer.from(original, 'base64').toString('utf8');
      const [mark = '', rest = ''] =
        text?.startsWith('\uFEFF') === true ? ['\uFEFF', text.slice(1)] : ['', text ?? ''];
      const cleaned = mark + setSlot(parseConfig(rest), 'auths', host, undefined).text;
      const ledger = {
        ...state.ledger,
        original: text === null ? null : Buffer.from(cleaned).toString('base64'),
      };
      return { ...state, ledger, document: setSlot(state.document, 'auths', host, undefined) };
    }, books);
}

/** True while a job that still runs, as far as the ledger knows, has put a login there. */
export function isHeld({ ledger }: Books, host: string): boolean {
  return ledger.places.some((place) => place.section === 'auths' && place.host === host);
}

/** The config as it would be without us. */
export function withoutUs({ document, ledger }: Pick<Books, 'document' | 'ledger'>): ConfigDocument {
  const bare = release({ document, ledger }, () => true).document;
  return ledger.madeSections.reduce(dropEmptySection, bare);
}

/** True where two JSON texts say the same: docker prints anew what it reads. */
export function same(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other;
  return canonical(JSON.parse(one)) === canonical(JSON.parse(other));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
