import Anthropic from '@anthropic-ai/sdk';

/** What a caller of a dialect sees of a response. */
export interface Outcome {
  /** `failed` also for a create that is refused. */
  status: string;
  text: string;
  /** The names of the tools that were called. */
  calls: string[];
  /** The failure as the dialect words it. */
  error: string;
}

export interface Question {
  model: string;
  input: string;
  /** Whether the tools may be called. */
  hasTools: boolean;
  isStreamed: boolean;
}

export interface DialectClient {
  name: string;
  ask(question: Question): Promise<Outcome>;
}

type Body = Record<string, unknown>;
type Send = (path: string, body?: Body, headers?: Record<string, string>) => Promise<Response>;

/** The names of two server tools, which the callers of the other dialects offer as functions of their own. */
export const toolNames = ['get_http_requests', 'head_http_requests'] as const;
export const functions = toolNames.map((name) => ({
  type: 'function' as const,
  name,
  description: `Runs ${name}.`,
  parameters: { type: 'object', properties: { url: { type: 'string' } }, additionalProperties: false },
  strict: false,
}));

/** The dialects' clients for one caller. */
export function dialectClients(url: string, token: string): DialectClient[] {
  const send: Send = (path, body, headers = {}) =>
    fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  return [
    { name: 'openai', ask: (question) => askOpenAi(send, question) },
    { name: 'jan', ask: (question) => askJan(send, question) },
    { name: 'agent', ask: (question) => askAgent(send, question) },
    { name: 'codex', ask: (question) => askCodex(send, question) },
    { name: 'messages', ask: (question) => askMessages(url, token, question) },
  ];
}

interface OpenAiResponse {
  id: string;
  status: string;
  output: { type: string; name?: string; call_id?: string; content?: { text?: string }[] }[];
  error: { code: string; message: string } | null;
}

async function askOpenAi(send: Send, { hasTools, isStreamed, ...fields }: Question): Promise<Outcome> {
  const create = async (more: Body): Promise<OpenAiResponse> => {
    const body = { ...fields, stream: isStreamed, ...(hasTools && { tools: functions }), ...more };
    const answer = await send('/v1/responses', body);
    const text = await answer.text();
    if (isStreamed) return (dataOf(text).at(-1) as { response: OpenAiResponse }).response;
    const response = JSON.parse(text) as OpenAiResponse;
    return answer.ok ? response : { ...response, status: 'failed', output: [] };
  };
  let response = await create({});
  const calls = response.output.filter(({ type }) => type === 'function_call');
  if (calls.length > 0) {
    const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: '42' }));
    response = await create({ input: outputs, previous_response_id: response.id });
  }
  const parts = response.output.flatMap(({ content = [], type }) => (type === 'message' ? content : []));
  return {
    status: response.status,
    text: parts.map(({ text = '' }) => text).join(''),
    calls: calls.map(({ name = '' }) => name),
    error: JSON.stringify(response.error),
  };
}

interface JanResponse {
  status: string;
  output?: string;
  error?: unknown;
  tool_executions?: { tool_name: string; status: string }[];
}

/** The server runs its own tools in this dialect and in that of agents. */
async function askJan(send: Send, { model, input, isStreamed }: Question): Promise<Outcome> {
  const answer = await send('/responses/v1/responses', { model, input, stream: isStreamed });
  const text = await answer.text();
  if (!isStreamed) {
    const response = JSON.parse(text) as JanResponse;
    return {
      status: answer.ok ? response.status : 'failed',
      text: response.output ?? '',
      calls: (response.tool_executions ?? []).map(({ tool_name: name }) => name),
      error: JSON.stringify(response.error),
    };
  }
  const events = dataOf(text) as {
    delta?: { content: string };
    tool_execution?: { tool_name: string; status: string };
    error?: unknown;
  }[];
  const failure = events.find(({ error }) => error !== undefined);
  return {
    status: failure ? 'failed' : 'completed',
    text: events.map(({ delta }) => delta?.content ?? '').join(''),
    calls: events.flatMap(({ tool_execution: run }) =>
      run && run.status !== 'started' ? [run.tool_name] : [],
    ),
    error: JSON.stringify(failure?.error),
  };
}

interface AgentMessage {
  role: string;
  content: { text: string }[];
  tool_calls: { name: string }[] | null;
}

async function askAgent(send: Send, { model, input, isStreamed }: Question): Promise<Outcome> {
  const body = { model, input, disable_cache: true, stream: isStreamed ? 'full' : 'off' };
  const answer = await send('/api/v1/responses', body, isStreamed ? { accept: 'text/event-stream' } : {});
  const text = await answer.text();
  const events = isStreamed && answer.ok ? (dataOf(text) as Body[]) : [];
  const response = (isStreamed && answer.ok ? events.at(-1) : JSON.parse(text)) as {
    status?: string;
    output?: AgentMessage[];
    error?: unknown;
  };
  const said = (response.output ?? []).filter(({ role }) => role === 'assistant');
  const pieces = events
    .filter(({ type }) => type === 'response.output_text.delta')
    .map(({ content }) => content);
  return {
    status: answer.ok ? String(response.status) : 'failed',
    text: isStreamed ? pieces.join('') : (said.at(-1)?.content ?? []).map((block) => block.text).join(''),
    calls: isStreamed
      ? events.flatMap(({ type, tool_name: name }) => (type === 'response.tool' ? [String(name)] : []))
      : said.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ name }) => name)),
    error: answer.ok ? JSON.stringify(events.filter(({ type }) => type === 'response.error')) : text,
  };
}

interface CodexEvent {
  type: string;
  delta?: unknown;
  response?: { id: string; status?: string; error?: unknown };
}

async function askCodex(send: Send, { hasTools, isStreamed, ...fields }: Question): Promise<Outcome> {
  const path = '/codex/v1/responses';
  const answer = await send(path, { ...fields, stream: isStreamed, ...(hasTools && { tools: functions }) });
  const submit = (id: string, call: string) =>
    send(`${path}/${id}/tool_outputs`, { tool_call_id: call, output: [{ type: 'output_text', text: '42' }] });
  const calls: string[] = [];
  let id = '';
  if (isStreamed && answer.ok) {
    for await (const event of eventsOf(answer)) {
      id = event.response?.id ?? id;
      if (event.type !== 'response.tool_call.delta') continue;
      for (const { call_id, name } of JSON.parse(String(event.delta)) as {
        call_id: string;
        name: string;
      }[]) {
        calls.push(name);
        await submit(id, call_id);
      }
    }
  } else {
    const created = (await answer.json()) as {
      id: string;
      output?: OpenAiResponse['output'];
      error?: unknown;
    };
    if (!answer.ok) return { status: 'failed', text: '', calls, error: JSON.stringify(created.error) };
    id = created.id;
    for (const { type, call_id = '', name = '' } of created.output ?? []) {
      if (type !== 'function_call') continue;
      calls.push(name);
      await submit(id, call_id);
    }
  }
  const done = (await (await send(`${path}/${id}?wait=30s`)).json()) as OpenAiResponse;
  const parts = done.output.flatMap(({ content = [], type }) => (type === 'message' ? content : []));
  return {
    status: done.status,
    text: parts.map(({ text = '' }) => text).join(''),
    calls,
    error: JSON.stringify(done.error),
  };
}

export function anthropicClient(url: string, token: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: null, authToken: token, maxRetries: 0, logLevel: 'off' });
}

export const anthropicTools = functions.map(({ name, description, parameters }) => ({
  name,
  description,
  input_schema: { ...parameters, type: 'object' as const },
}));

/** By the stock client, which sends the whole conversation, thoughts included. */
async function askMessages(
  url: string,
  token: string,
  { model, input, hasTools, isStreamed }: Question,
): Promise<Outcome> {
  const client = anthropicClient(url, token);
  const ask = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
    const request = { model, max_tokens: 1_000, messages, ...(hasTools && { tools: anthropicTools }) };
    return isStreamed ? client.messages.stream(request).finalMessage() : client.messages.create(request);
  };
  const asked: Anthropic.MessageParam[] = [{ role: 'user', content: input }];
  try {
    let message = await ask(asked);
    const calls = message.content.filter((block) => block.type === 'tool_use');
    if (calls.length > 0) {
      const results = calls.map(({ id }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: '42',
      }));
      const { content } = message;
      message = await ask([...asked, { role: 'assistant', content }, { role: 'user', content: results }]);
    }
    const texts = message.content.map((block) => (block.type === 'text' ? block.text : ''));
    const status = message.stop_reason === 'end_turn' ? 'completed' : String(message.stop_reason);
    return { status, text: texts.join(''), calls: calls.map(({ name }) => name), error: 'null' };
  } catch (error) {
    if (!(error instanceof Anthropic.APIError)) throw error;
    return { status: 'failed', text: '', calls: [], error: JSON.stringify(error.error) };
  }
}

/** The data of a stream's events. */
export function dataOf(stream: string): unknown[] {
  return [...stream.matchAll(/^data: (.*)$/gm)]
    .filter(([, data]) => data !== '[DONE]')
    .map(([, data = '']) => JSON.parse(data) as unknown);
}

/** Yields the events as they arrive. */
async function* eventsOf(answer: Response): AsyncGenerator<CodexEvent> {
  let rest = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + piece).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) for (const event of dataOf(frame)) yield event as CodexEvent;
  }
}
