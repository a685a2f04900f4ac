import type { FeedSince } from '@lockstep/contracts';

/** Where a stream ends now, and the epoch of its database. */
export interface StreamEnd {
  readonly epoch: string;
  readonly position: number;
  /** Nothing up to here is kept any more. */
  readonly floor: number;
}

export type GapReason = 'epoch_changed' | 'cursor_unknown' | 'cursor_beyond_stream' | 'history_pruned';
export type Place = { readonly position: number } | { readonly gap: GapReason };

/** Cursors of single streams are positions in decimal. */
export const cursorOf = (position: number): string => String(position);

/** Where a client goes on that was at `since`; a gap when that place is none in this stream. */
export function placeOf(since: FeedSince, end: StreamEnd): Place {
  if (since.epoch !== undefined && since.epoch !== end.epoch) return { gap: 'epoch_changed' };
  const position = 'seq' in since ? since.seq : readCursor(since.cursor);
  if (position === undefined) return { gap: 'cursor_unknown' };
  if (position > end.position) return { gap: 'cursor_beyond_stream' };
  return position < end.floor ? { gap: 'history_pruned' } : { position };
}

const readCursor = (cursor: string): number | undefined => (/^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined);
