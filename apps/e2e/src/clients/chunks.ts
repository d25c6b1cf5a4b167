import { request as httpRequest } from 'node:http';

interface Streamed {
  token: string;
  body: unknown;
  /** Hears each chunk as it comes. */
  onChunk?: (chunk: string) => void;
}

/** The chunks of a chunked answer, as they come off the wire: `fetch` would put together what came together. */
export function chunksOf(url: string, { token, body, onChunk }: Streamed): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const chunks: string[] = [];
    const request = httpRequest(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        chunks.push(chunk);
        onChunk?.(chunk);
      });
      response.once('end', () => resolve(chunks));
    });
    request.end(JSON.stringify(body));
  });
}
