/** Carries work out, later perhaps. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets so many in at a time; the others wait in line. */
export function atMost(most: number): Turnstile {
  let inside = 0;
  const line: (() => void)[] = [];
  return async (work) => {
    if (inside >= most) await new Promise<void>((enter) => line.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else inside -= 1;
    }
  };
}
