/** What the scripted agent does in a turn. */
export interface Load {
  readonly markers: number;
  readonly perSecond: number;
  /** Relative to the working tree; empty: nothing is written. */
  readonly file: string;
}

/** The line of a step's text that tells the scripted agent what to do. */
export const loadLine = ({ markers, perSecond, file }: Load): string =>
  `Load: markers=${markers} rate=${perSecond} file=${file}`;

/** That line of the prompt's own step: an opening prompt holds the whole plan as well. */
export function readLoad(prompt: string): Load {
  const found = /^Load: markers=(\d+) rate=(\d+) file=(\S*)$/m.exec(prompt.slice(prompt.lastIndexOf('<step key=')));
  return { markers: Number(found?.[1] ?? 0), perSecond: Number(found?.[2] ?? 1), file: found?.[3] ?? '' };
}
