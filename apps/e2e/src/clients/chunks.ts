import { request as httpRequest } from 'node:http';

interface Streamed {
  token: string;
  body: unknown;
  /** Receives each chunk when it arrives. */
  onChunk?: (chunk: string) => void;
}

/** Returns the chunks of a chunked reply as they are on the wire: `fetch` would merge chunks that arrive together. */
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
