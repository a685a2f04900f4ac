/** Text without the marks of emphasis and code, for people and for comparing. */
export const plain = (text: string): string =>
  text
    .replace(/\*\*|__/g, '')
    .replace(/`+/g, '')
    .replace(/\[([^\]]+)\]\([^)\s]*\)/g, '$1')
    .trim();

/** No line that a person wrote is longer; what is longer isn't searched. */
const longestLine = 4000;

export const codeSpans = (text: string): string[] =>
  [...text.slice(0, longestLine).matchAll(/(`+)([^`]|[^`].*?[^`])\1(?!`)/g)].map((match) => (match[2] ?? '').trim());

/** Marks that people put before or after a heading: ticks, boxes, hourglasses and numbers in circles. */
const marks = /[\u{1F300}-\u{1FAFF}\u2600-\u27BF\u231A-\u23FF\u2B00-\u2BFF\uFE0F\u20E3]+/gu;

export const withoutMarks = (text: string): string => text.replace(marks, '').replace(/\s+/g, ' ').trim();

export const slugify = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
    .replace(/-+$/, '');
