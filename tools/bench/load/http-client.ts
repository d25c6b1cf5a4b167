import { Pool } from 'undici';

/** A request of the load, whole. */
export interface LoadRequest {
  method?: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const timeoutMs = 120_000;
const shownCharacters = 300;

/** The load generator's side of HTTP: keep-alive connections to one origin. An answer that is not 2xx is an error. */
export class HttpClient {
  private readonly pool: Pool;

  constructor(origin: string, connections: number) {
    this.pool = new Pool(origin, { connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  }

  /** Resolves to the body. */
  async send({ method = 'POST', path, headers, body }: LoadRequest): Promise<string> {
    const answer = await this.pool.request({ method, path, headers, body: body ?? null });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, shownCharacters)}`);
    return text;
  }

  async sendJson<Shape>(request: LoadRequest): Promise<Shape> {
    return JSON.parse(await this.send(request)) as Shape; // the bench reads answers of servers it has started itself
  }

  /** Passes each piece of a streamed body on as it arrives; resolves at its end. */
  async stream(
    { method = 'POST', path, headers, body }: LoadRequest,
    onPiece: (piece: Buffer) => void,
  ): Promise<void> {
    const answer = await this.pool.request({ method, path, headers, body: body ?? null });
    if (answer.statusCode >= 300)
      throw new Error(
        `${path} answered ${answer.statusCode}: ${(await answer.body.text()).slice(0, shownCharacters)}`,
      );
    for await (const piece of answer.body) onPiece(piece as Buffer); // a body without encoding yields buffers
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
