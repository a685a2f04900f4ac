import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import { feedPath } from '@lockstep/contracts';
import type { ServerOptions, WebSocket } from 'ws';
import { chooseProtocol } from './admission';
import { maxFrameBytes } from './connection';
import { Connections } from './connections';
import { readFrame, type ReadFrame } from './read-frame';

/** A client that was given up may read what it was told for so long; then its socket is cut. */
const closeTimeout = 15_000;

const serverOptions: ServerOptions & { closeTimeout: number } = {
  path: feedPath,
  handleProtocols: chooseProtocol,
  maxPayload: maxFrameBytes,
  // Compression costs more than it saves on small frames, and frames are made outside of the library.
  perMessageDeflate: false,
  closeTimeout,
};

/** Every message goes to one handler, malformed ones too: the protocol has its own answer to them. */
export const parseMessage = (message: unknown): { event: string; data: ReadFrame } => ({
  event: 'frame',
  data: readFrame(message),
});

/** The websocket of contracts.md §6: Nest accepts and dispatches, connections do the rest. */
@WebSocketGateway(serverOptions)
export class FeedGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(@Inject(Connections) private readonly connections: Connections) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.connections.accept(socket, request);
  }

  handleDisconnect(socket: WebSocket): void {
    this.connections.leave(socket);
  }

  @SubscribeMessage('frame')
  receive(@ConnectedSocket() socket: WebSocket, @MessageBody() frame: ReadFrame): void {
    this.connections.receive(socket, frame);
  }
}
