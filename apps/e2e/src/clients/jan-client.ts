import { setTimeout as delay } from 'node:timers/promises';

export interface JanToolExecution {
  tool_name: string;
  input: Record<string, unknown>;
  output: unknown;
  execution_time_ms: number;
  depth: number;
  status: 'completed' | 'failed';
  call_id: string;
}

/** The response object of the Jan document. */
export interface JanResponse {
  id: string;
  model: string;
  input: unknown;
  output?: string;
  status: 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled';
  background?: boolean;
  store?: boolean;
  created_at: string;
  queued_at?: number;
  started_at?: number;
  completed_at?: number | string;
  cancelled_at?: number | string;
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  tool_executions: JanToolExecution[];
  pending_tool_calls?: { tool_name: string; input: Record<string, unknown>; call_id: string }[];
  metadata?: Record<string, unknown>;
  system_prompt?: string;
  temperature?: number;
  max_tokens?: number;
  error?: string;
}

export interface JanError {
  error: { message: string; type: string; code: string };
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

/** One server-sent event, or a comment between two. */
export type Frame = { data: string } | { comment: string };

/** An event of a stream of the Jan dialect. */
export interface JanEvent {
  tool_execution?: {
    tool_name: string;
    status: 'started' | 'completed' | 'failed';
    depth: number;
    execution_time_ms?: number;
    call_id: string;
  };
  delta?: { content: string };
  error?: { message: string; type: string; code: string };
}

const settledTimeoutMs = 40_000;
const pollIntervalMs = 25;

/** A client of the Responses API in the Jan dialect, over plain HTTP. */
export class JanClient {
  constructor(
    readonly url: string,
    public token: string,
  ) {}

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  /** Sends any request. The specs check the body of the reply, so its type is not checked here. */
  async request<Body = JanResponse>(
    method: string,
    path: string,
    init: RequestInit = {},
  ): Promise<Answer<Body>> {
    const answer = await fetch(`${this.url}${path}`, {
      ...init,
      method,
      headers: { ...this.headers, ...(init.headers as Record<string, string> | undefined) },
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: (isJson ? JSON.parse(text) : undefined) as Body,
    };
  }

  create<Body = JanResponse>(body: Record<string, unknown>, init: RequestInit = {}): Promise<Answer<Body>> {
    return this.request<Body>('POST', '/responses/v1/responses', {
      ...init,
      body: JSON.stringify({ model: 'jan-v2-30b', ...body }),
      headers: { 'content-type': 'application/json' },
    });
  }

  /** Creates a conversation in the openai dialect, because the Jan document has no route for it. Returns its id. */
  async newConversation(): Promise<string> {
    const { status, body, text } = await this.request<{ id: string }>('POST', '/v1/conversations');
    if (status !== 200) throw new Error(`no conversation was created: ${text}`);
    return body.id;
  }

  get<Body = JanResponse>(id: string): Promise<Answer<Body>> {
    return this.request<Body>('GET', `/responses/v1/responses/${id}`);
  }

  cancel<Body = JanResponse>(id: string): Promise<Answer<Body>> {
    return this.request<Body>('POST', `/responses/v1/responses/${id}/cancel`);
  }

  delete<Body = undefined>(id: string): Promise<Answer<Body>> {
    return this.request<Body>('DELETE', `/responses/v1/responses/${id}`);
  }

  inputItems<Body = { role: string; content: string }[]>(id: string): Promise<Answer<Body>> {
    return this.request<Body>('GET', `/responses/v1/responses/${id}/input_items`);
  }

  /** Sends a create with `stream`, and returns the unread reply. */
  open(body: Record<string, unknown>, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.url}/responses/v1/responses`, {
      method: 'POST',
      body: JSON.stringify({ model: 'jan-v2-30b', stream: true, ...body }),
      headers: { ...this.headers, 'content-type': 'application/json' },
      ...(signal && { signal }),
    });
  }

  /** Reads a stream to its end. */
  async stream(body: Record<string, unknown>): Promise<{ events: JanEvent[]; frames: Frame[] }> {
    const frames: Frame[] = [];
    for await (const frame of framesOf(await this.open(body))) frames.push(frame);
    const events = frames.flatMap((frame) =>
      'data' in frame && frame.data !== '[DONE]' ? [JSON.parse(frame.data) as JanEvent] : [],
    );
    return { events, frames };
  }

  /** Polls the response until it has one of these statuses. */
  async until(id: string, ...statuses: JanResponse['status'][]): Promise<JanResponse> {
    const timeout = AbortSignal.timeout(settledTimeoutMs);
    for (;;) {
      const { body } = await this.get(id);
      if (statuses.includes(body.status)) return body;
      if (timeout.aborted) throw new Error(`${id} is ${body.status}, not ${statuses.join(' or ')}`);
      await delay(pollIntervalMs);
    }
  }

  settled(id: string): Promise<JanResponse> {
    return this.until(id, 'completed', 'failed', 'cancelled');
  }
}

/** Yields the frames of an event stream as they arrive. */
export async function* framesOf(answer: Response): AsyncGenerator<Frame> {
  if (answer.body === null) return;
  let rest = '';
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const frame = rest.slice(0, end);
      rest = rest.slice(end + 2);
      yield frame.startsWith('data: ') ? { data: frame.slice(6) } : { comment: frame };
    }
  }
  if (rest !== '') throw new Error(`the stream ended within a frame: ${rest}`);
}
