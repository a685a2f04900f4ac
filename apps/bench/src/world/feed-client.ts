import { WebSocket } from 'ws';
import { feedSubprotocol, type ServerFrame } from '@lockstep/contracts';
import type { Stack } from './stack';

/** A feed client that does nothing but note when a frame arrived. */
export async function openFeed(
  { feedUrl, token }: Stack,
  channel: string,
  onFrame: (frame: ServerFrame, atNs: bigint) => void,
): Promise<{ close(): Promise<void> }> {
  const socket = new WebSocket(feedUrl, feedSubprotocol, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const at = process.hrtime.bigint();
      const frame = JSON.parse(data.toString()) as ServerFrame;
      if (frame.type === 'authenticated')
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', channel, since: { seq: 0 } }));
      else if (frame.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
      else if (frame.type === 'subscribed') resolve();
      else if (frame.type === 'error') reject(new Error(`${frame.code}: ${frame.message}`));
      else onFrame(frame, at);
    });
  });
  return {
    close: async () => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    },
  };
}
