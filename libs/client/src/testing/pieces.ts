import type { EventEnvelope, OutputChunk } from '@lockstep/contracts';

/** As much of an event as a follower looks at. */
export const eventAt = (seq: number): EventEnvelope =>
  ({ type: 'agent.warning', seq, data: { detail: `event ${seq}` } }) as unknown as EventEnvelope;

export const chunkAt = (offset: number, text: string): OutputChunk => ({ offset, at: '', stream: 'stdout', text });
