import type { Socket } from 'node:net';
import type { ItemKind } from '../stream/batch';
import type { Outlet } from '../stream/subscription';

export interface OutletLimits {
  /** Bytes that may wait unsent. Output may fill half of them. */
  readonly bufferBytes: number;
  /** How long a client may take nothing while something waits for it, in milliseconds. */
  readonly stallMs: number;
}

const nothing = Buffer.alloc(0);

/** Writes finished frames to a client's socket, beside the websocket library, which compresses and fragments nothing here. */
export class SocketOutlet implements Outlet {
  private draining: Promise<'drained' | 'stalled' | 'closed'> | undefined;

  constructor(
    private readonly socket: Socket,
    /** Whether frames may still be sent: not after a close frame. */
    private readonly isOpen: () => boolean,
    private readonly limits: OutletLimits,
  ) {}

  room(kind: ItemKind): number {
    const share = kind === 'output' ? this.limits.bufferBytes / 2 : this.limits.bufferBytes;
    return share - this.socket.writableLength;
  }

  write(frames: Buffer): void {
    if (this.isOpen()) this.socket.write(frames);
  }

  drained(): Promise<'drained' | 'stalled' | 'closed'> {
    return (this.draining ??= this.wait().finally(() => (this.draining = undefined)));
  }

  /** An empty write is done when all before it are. */
  private wait(): Promise<'drained' | 'stalled' | 'closed'> {
    const { socket, limits } = this;
    return new Promise((resolve) => {
      const finish = (how: 'drained' | 'stalled' | 'closed') => {
        clearInterval(timer);
        socket.off('close', onClose);
        resolve(how);
      };
      const onClose = () => finish('closed');
      let taken = this.taken();
      const timer = setInterval(() => {
        if (taken === this.taken()) finish('stalled');
        taken = this.taken();
      }, limits.stallMs);
      socket.once('close', onClose);
      socket.write(nothing, (error) => finish(error ? 'closed' : 'drained'));
    });
  }

  /** Bytes that the operating system has accepted. */
  private taken(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }
}
