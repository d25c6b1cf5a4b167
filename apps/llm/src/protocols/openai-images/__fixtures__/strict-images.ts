import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Json = Record<string, unknown>;

/** A request for images as it arrived. */
export interface ImageCall {
  path: string;
  headers: IncomingHttpHeaders;
  /** The fields of JSON, or the text fields of a form. */
  fields: Json;
  /** The files of a form, in base64. */
  images: string[];
  mask: string | null;
}

export type ImageMaker = 'openai' | 'xai' | 'together' | 'fireworks';

/** The fields that each API takes; it refuses others. */
const fieldsOf: Record<ImageMaker, readonly string[]> = {
  openai: [
    ...['model', 'prompt', 'n', 'size', 'quality', 'background', 'output_format', 'output_compression'],
    ...['moderation', 'user', 'stream', 'partial_images', 'input_fidelity'],
  ],
  xai: ['model', 'prompt', 'n', 'aspect_ratio', 'response_format', 'user', 'image', 'images'],
  together: ['model', 'prompt', 'n', 'width', 'height', 'response_format', 'output_format', 'image_url'],
  fireworks: ['prompt', 'aspect_ratio'],
};

/** Bytes that begin like an image, and hold the number of the image. */
export function imageBytes(number: number, format = 'png'): string {
  const head = { png: '\x89PNG\r\n\x1a\n', jpeg: '\xff\xd8\xff\xe0', webp: 'RIFF\x00\x00\x00\x00WEBP' }[format] ?? '';
  return Buffer.from(`${head} image ${number}`, 'latin1').toString('base64');
}

/**
 * `/v1/images` on loopback in the form of one of its makers. It refuses what the real API refuses. Prompts with the word `forbidden` are blocked; its first
 * answer to a prompt with the word `unlucky` is a 503.
 */
export class StrictImages {
  readonly calls: ImageCall[] = [];
  private made = 0;

  private constructor(
    private readonly server: Server,
    private readonly maker: ImageMaker,
  ) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(maker: ImageMaker = 'openai'): Promise<StrictImages> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new StrictImages(server, maker);
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '', this.baseUrl).pathname;
    if (request.method === 'GET' && path === '/v1/models') {
      const ids = ['gpt-5-mini', 'gpt-image-2'];
      reply(response, 200, { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 1 })) });
      return;
    }
    const call = await readCall(path, request);
    const kind = pathKind(this.maker, path);
    if (kind === null) {
      refuse(response, 404, `Invalid URL (POST ${path})`);
      return;
    }
    this.calls.push(call);
    const { fields } = call;
    const prompt = String(fields['prompt']);
    const unknown = Object.keys(fields).find((name) => !fieldsOf[this.maker].includes(name));
    const isLate = this.calls.filter(({ fields: other }) => other['prompt'] === prompt).length > 1;
    if (unknown !== undefined) refuse(response, 400, `Unknown parameter: '${unknown}'.`);
    else if (kind === 'edit' && this.maker === 'openai' && call.images.length === 0)
      refuse(response, 400, "Missing required parameter: 'image'.");
    else if (prompt.includes('forbidden'))
      refuse(response, 400, 'Your request was rejected by the safety system.', 'moderation_blocked');
    else if (prompt.includes('unlucky') && !isLate) refuse(response, 503, 'The server is overloaded.');
    else if (String(fields['stream']) === 'true') this.stream(response, kind, fields);
    else this.whole(response, fields);
  }

  private whole(response: ServerResponse, fields: Json): void {
    const format = formatOf(fields);
    const images = Array.from({ length: Number(fields['n'] ?? 1) }, () => imageBytes(++this.made, format));
    if (this.maker === 'fireworks') {
      reply(response, 200, { base64: images, finishReason: 'SUCCESS', seed: 1 });
      return;
    }
    const revised = this.maker === 'xai' ? { revised_prompt: `${String(fields['prompt'])}, in detail` } : {};
    reply(response, 200, {
      created: 1,
      data: images.map((bytes) => ({ b64_json: bytes, ...revised })),
      ...(this.maker === 'openai' && { ...chosen(fields), output_format: format, usage }),
    });
  }

  private stream(response: ServerResponse, kind: 'edit' | 'generation', fields: Json): void {
    const format = formatOf(fields);
    const shown = { created_at: 1, output_format: format, ...chosen(fields) };
    const send = (name: string, data: Json) => {
      const type = `image_${kind}.${name}`;
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...shown, ...data })}\n\n`);
    };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let index = 0; index < Number(fields['partial_images']); index++)
      send('partial_image', { partial_image_index: index, b64_json: imageBytes(++this.made, format) });
    send('completed', { b64_json: imageBytes(++this.made, format), usage });
    response.end();
  }
}

const usage = {
  input_tokens: 12,
  input_tokens_details: { text_tokens: 8, image_tokens: 4 },
  output_tokens: 30,
  total_tokens: 42,
};

function formatOf({ output_format: format }: Json): string {
  return typeof format === 'string' ? format : 'png';
}

function chosen({ size, quality, background }: Json): Json {
  return { size: size ?? '1024x1024', quality: quality ?? 'medium', background: background ?? 'opaque' };
}

function pathKind(maker: ImageMaker, path: string): 'edit' | 'generation' | null {
  if (maker === 'fireworks') return /^\/v1\/workflows\/.+\/text_to_image$/.test(path) ? 'generation' : null;
  if (path === '/v1/images/generations') return 'generation';
  return path === '/v1/images/edits' && maker !== 'together' ? 'edit' : null;
}

async function readCall(path: string, request: IncomingMessage): Promise<ImageCall> {
  const { headers } = request;
  const body = await buffer(request);
  const call: ImageCall = { path, headers, fields: {}, images: [], mask: null };
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { ...call, fields: JSON.parse(body.toString()) as Json };
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const [name, value] of form) {
    if (typeof value === 'string') call.fields[name] = value;
    else {
      const base64 = Buffer.from(await value.arrayBuffer()).toString('base64');
      if (name === 'mask') call.mask = base64;
      else call.images.push(base64);
    }
  }
  return call;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, message: string, code: string | null = null): void {
  reply(response, status, { error: { message, type: 'invalid_request_error', param: null, code } });
}
