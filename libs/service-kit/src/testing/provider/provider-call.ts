import type { IncomingMessage, ServerResponse } from 'node:http';

/** The body of a chat completion request. Specs send well-formed ones. */
export interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content?: unknown; tool_calls?: unknown[]; tool_call_id?: string }[];
  tools?: { type: string; function: { name: string; parameters?: unknown } }[];
  [field: string]: unknown;
}

/** A chat completion request that the provider received. */
export class ProviderCall {
  /** Resolves when the connection closes. `aborted`: the client closed it before the answer was complete. */
  readonly closed: Promise<{ aborted: boolean; atMs: number }>;

  constructor(
    /** The number of the request, from 0. */
    readonly index: number,
    readonly body: ChatRequest,
    readonly headers: IncomingMessage['headers'],
    /** Identifies the client's connection. */
    readonly clientPort: number | undefined,
    response: ServerResponse,
  ) {
    this.closed = new Promise((resolve) => {
      response.once('close', () => resolve({ aborted: !response.writableFinished, atMs: performance.now() }));
    });
  }

  /** The text of the last user message. */
  get userText(): string {
    const content = this.body.messages.findLast((message) => message.role === 'user')?.content;
    if (typeof content === 'string') return content;
    return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : '';
  }

  /** The tool outputs after the last user message. */
  get toolOutputs(): string[] {
    const start = this.body.messages.findLastIndex((message) => message.role === 'user');
    const outputs = this.body.messages.slice(start + 1).filter((message) => message.role === 'tool');
    return outputs.map((message) => String(message.content));
  }
}
