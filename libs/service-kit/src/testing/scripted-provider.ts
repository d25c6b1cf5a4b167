import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One step of an answer, in the order they are played. A script without `cut` or `hang` is finished and ended properly. */
export type ProviderStep =
  | { do: 'chunk'; choice: Record<string, unknown> }
  | { do: 'event'; data: Record<string, unknown> }
  | { do: 'raw'; text: string | Uint8Array }
  | { do: 'finish'; reason: string | null }
  | { do: 'usage'; usage: Record<string, unknown> | null }
  | { do: 'wait'; until: Promise<unknown> | number }
  | { do: 'fail'; status: number; body: unknown; headers: Record<string, string> }
  | { do: 'end' }
  | { do: 'cut' }
  | { do: 'hang' };

/** What a provider plays for a request. */
export type ProviderScript = (call: ProviderCall) => Steps | Promise<Steps>;
type Steps = (ProviderStep | ProviderStep[])[];

/** What a provider answers to texts that are to be embedded: a vector for each, or a failure. */
export type EmbeddingScript = (texts: readonly string[]) => number[][] | ProviderStep;

export interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content?: unknown; tool_calls?: unknown[]; tool_call_id?: string }[];
  tools?: { type: string; function: { name: string; parameters?: unknown } }[];
  [field: string]: unknown;
}

/** A request as the provider saw it. */
export class ProviderCall {
  /** Settles when the exchange is over, with whether the client closed it before the answer was whole. */
  readonly closed: Promise<{ aborted: boolean; atMs: number }>;

  constructor(
    /** Which request it is, from 0. */
    readonly index: number,
    readonly body: ChatRequest,
    readonly headers: IncomingMessage['headers'],
    /** Tells connections apart. */
    readonly clientPort: number | undefined,
    response: ServerResponse,
  ) {
    this.closed = new Promise((resolve) => {
      response.once('close', () => resolve({ aborted: !response.writableFinished, atMs: performance.now() }));
    });
  }

  /** The text of the last message of the user. */
  get userText(): string {
    const content = this.body.messages.findLast((message) => message.role === 'user')?.content;
    if (typeof content === 'string') return content;
    return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : '';
  }

  /** The tool outputs after the last message of the user. */
  get toolOutputs(): string[] {
    const start = this.body.messages.findLastIndex((message) => message.role === 'user');
    const outputs = this.body.messages.slice(start + 1).filter((message) => message.role === 'tool');
    return outputs.map((message) => String(message.content));
  }
}

/**
 * An OpenAI-compatible provider on loopback that plays scripts: a real HTTP server, so that what is tested against it is the real
 * client side, sockets included.
 *
 *     const provider = await ScriptedProvider.start(({ toolOutputs }) =>
 *       toolOutputs.length > 0 ? [text('It is sunny.')] : [toolCall('google_search', { q: 'weather' })]);
 */
export class ScriptedProvider {
  /** Every chat request, in the order of arrival. */
  readonly calls: ProviderCall[] = [];
  /** The ids that `GET /v1/models` lists; null makes it a 404. */
  models: string[] | null = ['scripted-model'];
  /** The bodies of the requests for embeddings, in the order of arrival. */
  readonly embeddingRequests: Record<string, unknown>[] = [];
  /** How texts are embedded; null makes it a 404. */
  embed: EmbeddingScript | null = null;
  readonly #server: Server;
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  private constructor(
    /** What is played; may be exchanged at any time. */
    public script: ProviderScript,
  ) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(
    script: ProviderScript = () => [text('Hello', ' from', ' the', ' provider.')],
  ): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(script);
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  /** Calls `listener` for every connection that is opened from now on. */
  onConnection(listener: () => void): void {
    this.#server.on('connection', listener);
  }

  /** For `OPENAI_BASE_URL`. */
  get baseUrl(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** The nth chat request, from 0, as soon as it has arrived. */
  async call(index: number): Promise<ProviderCall> {
    if (this.calls.length <= index) {
      await new Promise<void>((resolve) => this.#waiting.push({ count: index + 1, resolve }));
    }
    const call = this.calls[index];
    if (call === undefined) throw new Error(`request ${index} has not arrived`);
    return call;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #serveEmbeddings(json: string, embed: EmbeddingScript, response: ServerResponse): void {
    // Tests send well-formed requests.
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
      // Backwards: the protocol leaves the order to the provider.
      data: answer.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse(),
      model: body.model,
      usage: { prompt_tokens: answer.length, total_tokens: answer.length },
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
      this.#serveEmbeddings(Buffer.concat(chunks).toString('utf8'), this.embed, response);
      return;
    }
    if (request.method !== 'POST' || !request.url?.endsWith('/chat/completions')) {
      sendJson(response, 404, { error: { message: 'Unknown path', type: 'invalid_request_error' } });
      return;
    }
    // Tests send well-formed requests; what they hold is for the script to judge.
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChatRequest;
    const call = new ProviderCall(
      this.calls.length,
      body,
      request.headers,
      request.socket.remotePort,
      response,
    );
    this.calls.push(call);
    for (const waiter of this.#waiting) if (this.calls.length >= waiter.count) waiter.resolve();
    try {
      await play(call, await this.script(call), response);
    } catch (error) {
      if (!response.headersSent)
        sendJson(response, 500, { error: { message: String(error), type: 'script_error' } });
      else response.destroy();
    }
  }
}

/** Text, one chunk a piece. */
export function text(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { content } }));
}

export function reasoning(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { reasoning_content: content } }));
}

export function refusal(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { refusal: content } }));
}

/** A whole tool call, streamed as providers do: its name first, then its arguments in two pieces. */
export function toolCall(
  name: string,
  args: unknown,
  { id = `call_${name}`, index = 0 } = {},
): ProviderStep[] {
  const json = typeof args === 'string' ? args : JSON.stringify(args);
  const half = Math.ceil(json.length / 2);
  const piece = (call: object) => chunk({ delta: { tool_calls: [{ index, ...call }] } });
  return [
    piece({ id, type: 'function', function: { name, arguments: '' } }),
    piece({ function: { arguments: json.slice(0, half) } }),
    piece({ function: { arguments: json.slice(half) } }),
  ];
}

/** A chunk with one choice, as given. */
export function chunk(choice: Record<string, unknown>): ProviderStep {
  return { do: 'chunk', choice };
}

/** Any event. */
export function event(data: Record<string, unknown>): ProviderStep {
  return { do: 'event', data };
}

/** Bytes as they are. */
export function raw(content: string | Uint8Array): ProviderStep {
  return { do: 'raw', text: content };
}

/** Why the answer ended; without it, what the script holds decides. Null: never said. */
export function finish(reason: string | null): ProviderStep {
  return { do: 'finish', reason };
}

/** The usage to report; null leaves it out. */
export function usage(figures: Record<string, unknown> | null): ProviderStep {
  return { do: 'usage', usage: figures };
}

/** Waits for something, or some milliseconds. */
export function wait(until: Promise<unknown> | number): ProviderStep {
  return { do: 'wait', until };
}

/** An HTTP error instead of an answer. */
export function fail(
  status: number,
  {
    message = `Scripted failure ${status}`,
    code = null,
    headers = {},
    body,
  }: { message?: string; code?: string | null; headers?: Record<string, string>; body?: unknown } = {},
): ProviderStep {
  return {
    do: 'fail',
    status,
    headers,
    body: body ?? { error: { message, type: 'scripted', code, param: null } },
  };
}

/** Ends the body cleanly here, without finish reason, usage or `[DONE]`. */
export function end(): ProviderStep {
  return { do: 'end' };
}

/** Destroys the socket. */
export function cut(): ProviderStep {
  return { do: 'cut' };
}

/** Never goes on. As the first step, not even headers are sent. */
export function hang(): ProviderStep {
  return { do: 'hang' };
}

const defaultUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

async function play(call: ProviderCall, steps: Steps, response: ServerResponse): Promise<void> {
  const answer = new Answer(call, response);
  let reason: string | null | undefined;
  let figures: Record<string, unknown> | null = defaultUsage;
  for (const step of steps.flat()) {
    switch (step.do) {
      case 'chunk':
        answer.chunk(step.choice);
        break;
      case 'event':
        answer.event(step.data);
        break;
      case 'raw':
        answer.raw(step.text);
        break;
      case 'finish':
        reason = step.reason;
        break;
      case 'usage':
        figures = step.usage;
        break;
      case 'wait':
        await waitFor(step.until, response);
        break;
      case 'fail':
        sendJson(response, step.status, step.body, step.headers);
        return;
      case 'end':
        answer.endHere();
        return;
      case 'cut':
        await answer.flushed();
        response.destroy();
        return;
      case 'hang':
        return;
    }
    if (response.destroyed) return;
  }
  answer.finish(reason === undefined ? answer.naturalReason : reason, figures);
}

/** What is being answered: chunks as events, or put together when the client does not stream. */
class Answer {
  readonly #chunks: Record<string, unknown>[] = [];
  #hasCalls = false;

  constructor(
    private readonly call: ProviderCall,
    private readonly response: ServerResponse,
  ) {}

  get naturalReason(): string {
    return this.#hasCalls ? 'tool_calls' : 'stop';
  }

  chunk(choice: Record<string, unknown>): void {
    // Scripts are written by hand with the shape of a chat chunk's choice.
    const delta = choice['delta'] as { tool_calls?: unknown[] } | undefined;
    this.#hasCalls ||= delta?.tool_calls !== undefined;
    this.event(this.#envelope({ choices: [{ index: 0, finish_reason: null, ...choice }] }));
  }

  event(data: Record<string, unknown>): void {
    if (this.call.body.stream !== true) this.#chunks.push(data);
    else this.raw(`data: ${JSON.stringify(data)}\n\n`);
  }

  raw(content: string | Uint8Array): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.response.write(content);
  }

  endHere(): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.response.end();
  }

  /** Resolves once what was written has left, so that a cut comes after it. */
  async flushed(): Promise<void> {
    if (this.response.headersSent) await new Promise((resolve) => this.response.write(': \n\n', resolve));
  }

  finish(reason: string | null, figures: Record<string, unknown> | null): void {
    if (this.call.body.stream !== true) {
      sendJson(this.response, 200, putTogether(this.#chunks, reason, figures, this.#envelope({})));
      return;
    }
    if (reason !== null)
      this.event(this.#envelope({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }));
    if (figures !== null) this.event(this.#envelope({ choices: [], usage: figures }));
    this.raw('data: [DONE]\n\n');
    this.response.end();
  }

  #envelope(data: Record<string, unknown>): Record<string, unknown> {
    return {
      id: `chatcmpl-scripted-${this.call.index}`,
      object: 'chat.completion.chunk',
      created: 1,
      model: this.call.body.model,
      ...data,
    };
  }
}

function putTogether(
  chunks: Record<string, unknown>[],
  reason: string | null,
  figures: Record<string, unknown> | null,
  envelope: Record<string, unknown>,
): Record<string, unknown> {
  type Call = { id?: string; type?: string; function: { name: string; arguments: string } };
  type Piece = { index: number; id?: string; function?: { name?: string; arguments?: string } };
  type Delta = { content?: string; reasoning_content?: string; refusal?: string; tool_calls?: Piece[] };
  const message: {
    role: string;
    content: string | null;
    reasoning_content?: string;
    refusal?: string;
    tool_calls?: Call[];
  } = {
    role: 'assistant',
    content: null,
  };
  for (const { choices } of chunks as { choices: { delta?: Delta }[] }[]) {
    const delta = choices[0]?.delta ?? {};
    if (delta.content !== undefined) message.content = (message.content ?? '') + delta.content;
    if (delta.reasoning_content !== undefined)
      message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content;
    if (delta.refusal !== undefined) message.refusal = (message.refusal ?? '') + delta.refusal;
    for (const piece of delta.tool_calls ?? []) {
      message.tool_calls ??= [];
      const call = (message.tool_calls[piece.index] ??= {
        type: 'function',
        function: { name: '', arguments: '' },
      });
      if (piece.id !== undefined) call.id = piece.id;
      call.function.name += piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
    }
  }
  return {
    ...envelope,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: reason }],
    ...(figures !== null && { usage: figures }),
  };
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const plain = typeof body === 'string';
  response.writeHead(status, { 'content-type': plain ? 'text/plain' : 'application/json', ...headers });
  response.end(plain ? body : JSON.stringify(body));
}

/** Waits for a promise or a time; ends early when the client is gone. */
async function waitFor(until: Promise<unknown> | number, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  // Takes the listeners of the wait off the response: a script may wait many times.
  const over = new AbortController();
  const { signal } = over;
  const gone = once(response, 'close', { signal });
  const due = typeof until === 'number' ? delay(until, undefined, { signal }) : until;
  await Promise.race([due, gone]).finally(() => over.abort());
}
