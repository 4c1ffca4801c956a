/**
 * A text that no other process comes upon. For names alone: what is to be secret needs Node's crypto, which takes
 * 4 ms to load, a fifth of what the post step may take.
 */
export function distinct(): string {
  return `${String(process.pid)}-${Math.random().toString(36).slice(2)}`;
}
