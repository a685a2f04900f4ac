import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiError } from './api-error';

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export const sendError = (response: ServerResponse, { status, headers, body }: ApiError): void =>
  sendJson(response, status, body, headers);

/** A request body as text; undefined when it is longer than `limit` bytes (it is read to its end all the same). */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length > limit ? undefined : Buffer.concat(chunks).toString('utf8');
}
