/** Middle and worst of some times, as a report shows them. */
export function spread(ms: readonly number[]): string {
  if (ms.length === 0) return 'none';
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return `median ${at(0.5)} ms, worst ${Math.round(sorted.at(-1)!)} ms, of ${sorted.length}`;
}
