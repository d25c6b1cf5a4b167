import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject, objectsOf, type UnknownObject } from '../../../providers/json-object.ts';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';
import { refusalOf } from './refusals.ts';

/** A request that the server accepted or refused. */
export interface StrictCall {
  path: string;
  body: UnknownObject;
}

/**
 * A Responses API on loopback that refuses what OpenAI refuses (`refusals.ts`). A model with tools thinks and makes the calls that
 * the request asks for (`askedCalls`) until the input has their outputs, and then answers with a text. Its thoughts can be sent back to it alone.
 */
export class StrictResponsesServer {
  readonly calls: StrictCall[] = [];
  /** The thoughts that it issued. */
  private readonly issued = new Set<string>();
  private readonly server: Server;

  private constructor(private readonly name: string) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** `name` is part of what it issues: another server does not accept it. */
  static async start(name: string): Promise<StrictResponsesServer> {
    const server = new StrictResponsesServer(name);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  get baseUrl(): string {
    const { port } = this.server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body: unknown = JSON.parse(text);
    if (!isObject(body)) throw new Error('the body is no object');
    this.calls.push({ path: request.url ?? '', body });
    if (request.url === '/v1/embeddings') {
      const data = (body['input'] as string[]).map((_text, index) => ({ object: 'embedding', index, embedding: [0.25, 0.5] }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 2, total_tokens: 2 } }));
      return;
    }
    const refusal = request.url === '/v1/responses' ? refusalOf(body, this.issued) : null;
    if (refusal !== null || request.url !== '/v1/responses') {
      const error = { type: 'invalid_request_error', ...(refusal ?? { message: 'Invalid URL', code: null }) };
      response.writeHead(refusal === null ? 404 : 400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error }));
      return;
    }
    this.answer(body, response);
  }

  private answer(body: UnknownObject, response: ServerResponse): void {
    const output = this.outputOf(body);
    const usage = {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 16,
    };
    const whole = { object: 'response', status: 'completed', error: null, model: body['model'], output, usage };
    if (body['stream'] !== true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(whole));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = [
      { type: 'response.created', response: { ...whole, status: 'in_progress', output: [], usage: null } },
      ...output.flatMap(eventsOf),
      { type: 'response.completed', response: whole },
    ];
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  }

  private outputOf(body: UnknownObject): UnknownObject[] {
    const output: UnknownObject[] = [];
    const turn = this.calls.length;
    if (Array.isArray(body['include']) && body['include'].includes('reasoning.encrypted_content')) {
      const sealed = `gAAA-${this.name}-${turn}`;
      this.issued.add(sealed);
      output.push({ type: 'reasoning', id: `rs_${turn}`, summary: [], encrypted_content: sealed });
    }
    const own = objectsOf(body['tools']).filter(({ type }) => type !== 'function');
    const hasRun = objectsOf(body['input']).some(({ type }) => String(type) in ownItems);
    for (const { type } of hasRun ? [] : own) {
      const item = { ...ownItems[`${String(type)}_call`], type: `${String(type)}_call`, status: 'completed' };
      this.issued.add(JSON.stringify(item));
      output.push(item);
    }
    const hasOutputs = objectsOf(body['input']).some(({ type }) => type === 'function_call_output');
    const tools = hasOutputs ? [] : objectsOf(body['tools']).filter(({ type }) => type === 'function');
    const calls = askedCalls(body['input'], tools.map(({ name }) => String(name)), {});
    for (const [index, { name, input }] of calls.entries())
      output.push({
        type: 'function_call',
        id: `fc_${turn}_${index}`,
        call_id: `call_${turn}_${index}`,
        name,
        arguments: JSON.stringify(input),
        status: 'completed',
      });
    const format = isObject(body['text']) && isObject(body['text']['format']) ? body['text']['format']['type'] : 'text';
    const hasSchema = format === 'json_schema';
    if (calls.length === 0)
      output.push({
        type: 'message',
        id: `msg_${turn}`,
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: hasSchema ? answerText(true) : `Answer ${turn}`, annotations: [], logprobs: [] }],
      });
    return output;
  }
}

/** The calls of the provider's own tools. */
const ownItems: Record<string, UnknownObject> = {
  web_search_call: {
    id: 'ws_1',
    action: { type: 'search', query: 'tides', queries: ['tides'], sources: [{ type: 'url', url: 'https://sea.example/tides' }] },
  },
  code_interpreter_call: { id: 'ci_1', code: 'print(1)', container_id: 'cntr_1', outputs: [{ type: 'logs', logs: '1' }] },
};

function eventsOf(item: UnknownObject, output_index: number): { type: string }[] {
  const place = { output_index, item_id: item['id'] };
  const pieces =
    item['type'] === 'function_call'
      ? [{ type: 'response.function_call_arguments.delta', ...place, delta: item['arguments'] }]
      : objectsOf(item['content']).map(({ text }, content_index) => ({
          type: 'response.output_text.delta',
          ...place,
          content_index,
          delta: text,
          logprobs: [],
        }));
  const begun = { ...item, ...('arguments' in item && { arguments: '' }), ...('content' in item && { content: [] }) };
  return [
    { type: 'response.output_item.added', output_index, item: begun },
    ...pieces,
    { type: 'response.output_item.done', output_index, item },
  ] as { type: string }[];
}
