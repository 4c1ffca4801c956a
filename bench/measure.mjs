// What both benches measure with.

/** How often each is measured, after a warm-up. */
export const ROUNDS = Math.max(9, Number(process.env['ROUNDS'] ?? 15));

/** @param {readonly number[]} values */
export function median(values) {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * The same in an order of its own: what a process leaves in the caches of the machine is found by the next.
 * @template T @param {readonly T[]} items
 */
export function shuffled(items) {
  const placed = items.map((item) => ({ item, place: Math.random() }));
  return placed.sort((one, other) => one.place - other.place).map(({ item }) => item);
}
