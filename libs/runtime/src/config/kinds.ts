import { z } from 'zod';

/** How the text of a variable is read. Each kind refuses with a sentence that says what would have been right. */
const number = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `must be a whole number from ${low} to ${high}`);

export const wholeNumber = number;

/** A whole number, or `none` for no limit, which is null. */
export const amountOrNone = (high: number): z.ZodType<number | null> =>
  z.union([z.literal('none').transform(() => null), number(0, high)], `must be a whole number up to ${high}, or none`);

/** A time in milliseconds, at most a week. */
export const milliseconds = (low = 1) => number(low, 7 * 24 * 3_600_000);

export const flag = () =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off'], 'must be true or false'))
    .transform((text) => ['1', 'true', 'yes', 'on'].includes(text));

export const text = () => z.string().min(1, 'must not be empty');

export const url = (...protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
    );

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);
