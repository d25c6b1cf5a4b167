import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The first bytes of a PNG. */
export const image = Buffer.from('iVBORw0KGgo=', 'base64');

/**
 * A small web on loopback: a SearXNG at `/search`, pages at `/pages/<name>`, JSON at `/api`, an image at `/image.png`, a page that never answers at `/hang`, one
 * that fails at `/broken`, an echo of requests at `/echo`, and `/meet/<count>/<name>`, which answers when that many readers wait at the
 * same time.
 */
export class Web {
  /** Path and query of every request, in the order of arrival. */
  readonly requests: string[] = [];
  private readonly server: Server;
  private meeting: (() => void)[] = [];

  private constructor() {
    this.server = createServer((request, response) => this.serve(request, response));
  }

  static async start(): Promise<Web> {
    const web = new Web();
    web.server.listen(0, '127.0.0.1');
    await once(web.server, 'listening');
    return web;
  }

  get url(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  countOf(path: string): number {
    return this.requests.filter((request) => request === path).length;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(url.pathname + url.search);
    const [, first, second, third] = url.pathname.split('/');
    switch (first) {
      case 'search':
        return sendJson(response, searchAnswer(url.searchParams.get('q') ?? '', this.url));
      case 'pages':
        return sendPage(response, second ?? 'page');
      case 'meet':
        return this.meet(Number(second), () => sendPage(response, third ?? 'page'));
      case 'image.png':
        response.writeHead(200, { 'content-type': 'image/png' }).end(image);
        return;
      case 'api':
        return sendJson(response, { path: url.pathname, query: Object.fromEntries(url.searchParams) });
      case 'echo':
        return void echo(request, response);
      case 'hang':
        return;
      case 'broken':
        response.writeHead(500, { 'content-type': 'text/plain' }).end('broken');
        return;
      default:
        response.writeHead(404, { 'content-type': 'text/plain' }).end('no such page');
    }
  }

  private meet(count: number, answer: () => void): void {
    this.meeting.push(answer);
    if (this.meeting.length < count) return;
    for (const waiting of this.meeting) waiting();
    this.meeting = [];
  }
}

function searchAnswer(query: string, webUrl: string): Record<string, unknown> {
  const result = (name: string, title: string, content: string) => ({
    url: `${webUrl}/pages/${name}`,
    title,
    content,
    engine: 'loopback',
    engines: ['loopback'],
    category: 'general',
    score: 1,
  });
  return {
    query,
    number_of_results: 2,
    results: [
      result('first', `First result about ${query}`, 'Current conditions: Partly cloudy, 62°F.'),
      result('second', `Second result about ${query}`, 'More about the same.'),
    ],
    answers: [],
    corrections: [],
    infoboxes: [],
    suggestions: [],
    unresponsive_engines: [],
  };
}

function sendPage(response: ServerResponse, name: string): void {
  const paragraph = `This is the page ${name}. It says what a reader of ${name} wants to know, at some length, in plain words. `;
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(
    `<!doctype html><html lang="en"><head><title>The page ${name}</title></head><body><nav>Home</nav>
     <article><h1>The page ${name}</h1>${`<p>${paragraph.repeat(4)}</p>`.repeat(4)}</article></body></html>`,
  );
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.toArray()).join('');
  sendJson(response, { method: request.method, url: request.url, body });
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
