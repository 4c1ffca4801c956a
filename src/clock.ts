/**
 * Milliseconds since the process began, on a clock that nobody sets. As `performance.now()`, for which Node loads
 * all that it measures performance with: 1 ms.
 */
export function elapsedMs(): number {
  return process.uptime() * 1_000;
}
