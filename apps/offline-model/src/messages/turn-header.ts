/**
 * The line that begins each of Lockstep's prompts: `[LOCKSTEP_TURN kind="fix" step="3a" attempt="2" fix="1"]`.
 * `step` is absent where a turn belongs to no step.
 */
export interface TurnHeader {
  readonly kind: string;
  readonly step?: string;
  /** From 1. */
  readonly attempt: number;
  /** 0 outside fix turns. */
  readonly fix: number;
}

export function readTurnHeader(prompt: string): TurnHeader | undefined {
  const line = /^\s*\[LOCKSTEP_TURN\b([^\]\n]*)\]/.exec(prompt);
  if (!line) return undefined;
  const values = readAttributes(line[1] ?? '');
  return {
    kind: values.kind ?? 'step',
    ...(values.step ? { step: values.step } : {}),
    attempt: Number(values.attempt ?? 1),
    fix: Number(values.fix ?? 0),
  };
}

/** `a="1" b="two"` as a record. */
export const readAttributes = (text: string): Record<string, string | undefined> =>
  Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
