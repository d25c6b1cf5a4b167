import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { play } from './play-steps.ts';
import { type ChatRequest, ProviderCall } from './provider-call.ts';
import { sendJson } from './send-json.ts';
import { type EmbeddingScript, type ProviderScript, text } from './steps.ts';

/**
 * An OpenAI-compatible provider on loopback that plays scripts. It is a real HTTP server, so specs exercise the real client with its
 * sockets.
 *
 *     const provider = await ScriptedProvider.start(({ toolOutputs }) =>
 *       toolOutputs.length > 0 ? [text('It is sunny.')] : [toolCall('google_search', { q: 'weather' })]);
 */
export class ScriptedProvider {
  /** Every chat request, in the order of arrival. */
  readonly calls: ProviderCall[] = [];
  /** The ids that `GET /v1/models` lists; with null it answers 404. */
  models: string[] | null = ['scripted-model'];
  /** The bodies of embedding requests, in the order of arrival. */
  readonly embeddingRequests: Record<string, unknown>[] = [];
  /** Answers `POST /v1/embeddings`; with null it answers 404. */
  embed: EmbeddingScript | null = null;
  private readonly server: Server;
  private readonly waiting: { count: number; resolve: () => void }[] = [];

  private constructor(
    /** The script for the next requests; specs replace it at any time. */
    public script: ProviderScript,
  ) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(
    script: ProviderScript = () => [text('Hello', ' from', ' the', ' provider.')],
  ): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(script);
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  /** Calls `listener` for every connection that is opened from now on. */
  onConnection(listener: () => void): void {
    this.server.on('connection', listener);
  }

  /** The value for `OPENAI_BASE_URL`. */
  get baseUrl(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** Resolves to the chat request with this number, from 0, once it arrives. */
  async call(index: number): Promise<ProviderCall> {
    if (this.calls.length <= index) {
      await new Promise<void>((resolve) => this.waiting.push({ count: index + 1, resolve }));
    }
    const call = this.calls[index];
    if (call === undefined) throw new Error(`request ${index} has not arrived`);
    return call;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private serveEmbeddings(json: string, embed: EmbeddingScript, response: ServerResponse): void {
    // Specs send well-formed requests.
    const body = JSON.parse(json) as { model: string; input: string | string[] };
    this.embeddingRequests.push(body);
    const answer = embed([body.input].flat());
    if (!Array.isArray(answer)) {
      if (answer.do === 'fail') sendJson(response, answer.status, answer.body, answer.headers);
      else if (answer.do === 'cut') response.destroy();
      return;
    }
    sendJson(response, 200, {
      object: 'list',
      // In reverse order: the protocol lets the provider choose.
      data: answer.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse(),
      model: body.model,
      usage: { prompt_tokens: answer.length, total_tokens: answer.length },
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // an IncomingMessage without encoding yields buffers
    if (request.method === 'GET' && request.url?.endsWith('/models') && this.models !== null) {
      sendJson(response, 200, {
        object: 'list',
        data: this.models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'scripted' })),
      });
      return;
    }
    if (request.method === 'POST' && request.url?.endsWith('/embeddings') && this.embed !== null) {
      this.serveEmbeddings(Buffer.concat(chunks).toString('utf8'), this.embed, response);
      return;
    }
    if (request.method !== 'POST' || !request.url?.endsWith('/chat/completions')) {
      sendJson(response, 404, { error: { message: 'Unknown path', type: 'invalid_request_error' } });
      return;
    }
    // Specs send well-formed requests.
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChatRequest;
    const call = new ProviderCall(
      this.calls.length,
      body,
      request.headers,
      request.socket.remotePort,
      response,
    );
    this.calls.push(call);
    for (const waiter of this.waiting) if (this.calls.length >= waiter.count) waiter.resolve();
    try {
      await play(call, await this.script(call), response);
    } catch (error) {
      if (!response.headersSent)
        sendJson(response, 500, { error: { message: String(error), type: 'script_error' } });
      else response.destroy();
    }
  }
}
