import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LoopbackServer } from '../../__fixtures__/loopback-server.ts';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';

type Json = Record<string, unknown>;

/**
 * Ollama's API on loopback, with the models `llama3.1:8b` (tools), `qwen3:8b` (tools, thinking) and `gpt-oss:20b`. It refuses what the real server
 * refuses, whose parser of Go is strict about types and ignores unknown fields.
 */
export class StrictOllama extends LoopbackServer {
  readonly bodies: Json[] = [];
  /** The lines of the next answers, the first first. Without one it thinks, makes the calls that the request asks for, and says a text after them. */
  readonly answers: (readonly object[])[] = [];

  static start(): Promise<StrictOllama> {
    return new StrictOllama().listen();
  }

  protected async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method ?? ''} ${request.url ?? ''}`;
    if (route === 'GET /api/tags') {
      const model = { name: 'llama3.1:8b', model: 'llama3.1:8b', modified_at: '2026-05-04T14:56:49.277302595-07:00' };
      reply(response, 200, { models: [model, { name: 'qwen3:8b', modified_at: 'never' }] });
      return;
    }
    const body = JSON.parse(await text(request)) as Json;
    this.bodies.push(body);
    if (route === 'POST /api/embed') {
      const input = body['input'] as string[];
      reply(response, 200, { model: body['model'], embeddings: input.map(() => [0.25, 0.5]), prompt_eval_count: 5 });
    } else if (route === 'POST /api/chat') this.chat(response, body);
    else reply(response, 404, '404 page not found');
  }

  private chat(response: ServerResponse, body: Json): void {
    const [status, message] = refusalOf(body) ?? [200, ''];
    if (status !== 200) {
      reply(response, status, { error: message });
      return;
    }
    const lines = this.answers.shift() ?? answerTo(body, this.bodies.length);
    if (body['stream'] === false) {
      reply(response, 200, lines[0]);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    response.end();
  }
}

function answerTo(body: Json, number: number): object[] {
  const messages = body['messages'] as Json[]; // as the rules have checked
  const tools = messages.at(-1)?.['role'] === 'tool' ? [] : ((body['tools'] ?? []) as { function: { name: string } }[]); // as the rules have checked
  const calls = askedCalls(messages, tools.map((tool) => tool.function.name), { port: 'Brest' });
  const said =
    calls.length === 0
      ? { content: answerText(isObject(body['format'])) }
      : { content: '', tool_calls: calls.map(({ name, input }) => ({ function: { name, arguments: input } })) };
  const lines = [...(body['think'] ? [{ thinking: `I think of it, number ${number}.`, content: '' }] : []), said];
  return [
    ...lines.map((message) => ({ model: body['model'], message: { role: 'assistant', ...message }, done: false })),
    { model: body['model'], message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 16, eval_count: 5 },
  ];
}

/** The status and the sentence of a refusal. */
function refusalOf(body: Json): [number, string] | null {
  const { think, format, options = {}, tools = [], messages, truncate } = body;
  const model = String(body['model']);
  if (!/^(llama3\.1:8b|qwen3:8b|gpt-oss:20b)$/.test(model)) return [404, `model '${model}' not found`];
  if (think === true && model === 'llama3.1:8b') return [400, `"${model}" does not support thinking`];
  if (typeof think === 'string' && model !== 'gpt-oss:20b')
    return [400, `think value "${think}" is not supported for this model`];
  if (format !== undefined && format !== 'json' && !isObject(format)) return [400, 'invalid format'];
  if (!isObject(options) || 'num_ctx' in options) return [400, 'invalid options'];
  const stop: unknown = options['stop'];
  if (stop !== undefined && !Array.isArray(stop)) return [400, 'option "stop" must be of type array'];
  if (!Array.isArray(messages) || !Array.isArray(tools)) return [400, 'json: cannot unmarshal into Go struct'];
  const message = (messages as Json[]).map(messageRefusal).find((found) => found !== null);
  const tool = (tools as Json[]).map(toolRefusal).find((found) => found !== null);
  const found = message ?? tool;
  if (found) return [400, found];
  const isTooLong = JSON.stringify(messages).length > 16_000;
  return isTooLong && truncate === false ? [400, 'the input length exceeds the context length'] : null;
}

function messageRefusal({ role, content, images = [], tool_calls: calls = [], tool_name: tool }: Json): string | null {
  if (!['system', 'user', 'assistant', 'tool'].includes(String(role))) return 'invalid role';
  if (typeof content !== 'string') return 'json: cannot unmarshal into Go struct field .messages.content of type string';
  const isBase64 = (image: unknown) => typeof image === 'string' && /^[A-Za-z0-9+/]+=*$/.test(image);
  if (!Array.isArray(images) || !images.every(isBase64)) return 'illegal base64 data at input byte 4';
  if (role === 'tool' && typeof tool !== 'string') return 'a tool message without its tool';
  const isCall = (call: Json) => isObject(call['function']) && isObject(call['function']['arguments']);
  return (calls as Json[]).every(isCall) ? null : 'json: cannot unmarshal into Go struct field .arguments of type map';
}

function toolRefusal({ type, function: declared }: Json): string | null {
  const parameters: unknown = isObject(declared) ? declared['parameters'] : undefined;
  if (type !== 'function' || !isObject(parameters)) return 'json: cannot unmarshal into Go struct field .tools';
  const { type: kind, properties, required = [] } = parameters;
  if (typeof kind !== 'string' || !isObject(properties) || !Array.isArray(required))
    return 'json: cannot unmarshal into Go struct field .tools.function.parameters';
  const isRead = Object.values(properties).every((property) => isObject(property) && !('$ref' in property));
  return isRead ? null : 'json: cannot unmarshal into Go struct field .properties';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
