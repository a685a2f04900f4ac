/** Takes items out of a list, each as often as it is in there: says whether it was. */
export const takingFrom = (items: readonly string[]): ((item: string) => boolean) => {
  const left = new Map<string, number>();
  for (const item of items) left.set(item, (left.get(item) ?? 0) + 1);
  return (item) => {
    const count = left.get(item) ?? 0;
    if (count > 0) left.set(item, count - 1);
    return count > 0;
  };
};
