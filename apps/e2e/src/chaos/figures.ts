/** The time that so much of all times (0 to 1) stays within; 0 for none. */
export function share(ms: readonly number[], part: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
}

/** Middle and worst of some times, as a report shows them. */
export const spread = (ms: readonly number[]): string =>
  ms.length === 0
    ? 'none'
    : `median ${share(ms, 0.5)} ms, 95 of 100 within ${share(ms, 0.95)} ms, worst ${share(ms, 1)} ms, of ${ms.length}`;
