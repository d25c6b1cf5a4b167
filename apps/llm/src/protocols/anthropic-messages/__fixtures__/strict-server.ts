import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';
import { faultIn, foundPages, type MessagesRequest } from './strict-rules.ts';

/**
 * A server that refuses what Anthropic's Messages API refuses, with its words, and answers the rest: with a thought and the calls that the
 * request asks for (`askedCalls`), and with a text once their outputs are there.
 */
export interface StrictServer {
  url: string;
  /** The bodies of the accepted requests. */
  readonly requests: MessagesRequest[];
  close(): Promise<void>;
}

export const strictKey = 'strict-key';

export async function startStrictServer(): Promise<StrictServer> {
  const requests: MessagesRequest[] = [];
  const server = createServer((request, response) => void answer(request, response, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requests: MessagesRequest[],
): Promise<void> {
  if (request.headers['x-api-key'] !== strictKey)
    return refuse(response, 401, 'authentication_error', 'invalid x-api-key');
  if (request.headers['anthropic-version'] !== '2023-06-01')
    return refuse(response, 400, 'invalid_request_error', 'anthropic-version: header is required');
  if (request.method === 'GET' && request.url?.startsWith('/v1/models')) return json(response, 200, modelList);
  if (request.method !== 'POST' || request.url !== '/v1/messages')
    return refuse(response, 404, 'not_found_error', 'Not Found');
  // The rules check what it holds.
  const body = JSON.parse(await textOf(request)) as MessagesRequest;
  const betas = String(request.headers['anthropic-beta'] ?? '').split(',');
  const fault = faultIn(body, betas);
  if (fault !== null) return refuse(response, 400, 'invalid_request_error', fault);
  requests.push(body);
  const message = reply(body, requests.length);
  if (body.stream !== true) return json(response, 200, message);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const event of eventsOf(message)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}

const modelList = {
  data: [
    { type: 'model', id: 'claude-opus-4-8', display_name: 'Claude Opus 4.8', created_at: '2026-05-01T00:00:00Z', lifecycle: 'active' },
    { type: 'model', id: 'claude-2', display_name: 'Claude 2', created_at: '1970-01-01T00:00:00Z', lifecycle: 'retired' },
  ],
  has_more: false,
};

interface Message {
  [field: string]: unknown;
  content: { type: string; [field: string]: unknown }[];
}

function reply(body: MessagesRequest, number: number): Message {
  const last = body.messages.at(-1);
  const hasOutputs = last?.content.some(({ type }) => type === 'tool_result') === true;
  const tools = hasOutputs || body.tool_choice?.type === 'none' ? [] : (body.tools ?? []);
  const own = JSON.stringify(body.messages).includes('server_tool_use') ? [] : tools.filter((tool) => 'type' in tool);
  const functions = tools.filter((tool) => !('type' in tool));
  const calls = askedCalls(body.messages, functions.map(({ name }) => name), { port: 'Brest' });
  const thinks = body.thinking?.type === 'enabled' || body.thinking?.type === 'adaptive';
  return {
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: [
      ...(thinks ? [{ type: 'thinking', thinking: 'I think.', signature: `signed+${number}/==` }] : []),
      ...own.flatMap(({ name }) => ownBlocks[name] ?? []),
      ...(calls.length === 0 ? [{ type: 'text', text: answerText(body.output_config?.['format'] !== undefined) }] : []),
      ...calls.map((call, at) => ({ type: 'tool_use', id: `toolu_${number}_${at}`, ...call })),
    ],
    stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 5 },
  };
}

/** The blocks of the API's own tools. */
const ownBlocks: Record<string, Message['content']> = {
  web_search: [
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'tides' } },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: foundPages },
  ],
  code_execution: [
    { type: 'server_tool_use', id: 'srvtoolu_2', name: 'bash_code_execution', input: { command: 'echo 1' } },
    {
      type: 'bash_code_execution_tool_result',
      tool_use_id: 'srvtoolu_2',
      content: { type: 'bash_code_execution_result', stdout: '1\n', stderr: '', return_code: 0, content: [] },
    },
  ],
};

function eventsOf({ content, stop_reason, usage, ...message }: Message): { type: string; [field: string]: unknown }[] {
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
    ...content.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: emptied(block) },
      ...piecesOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
}

function emptied(block: Message['content'][number]): object {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type.endsWith('_result') ? block : { ...block, input: {} };
}

function piecesOf(block: Message['content'][number]): object[] {
  if (block.type === 'text') return [{ type: 'text_delta', text: block['text'] }];
  if (block.type === 'thinking')
    return [
      { type: 'thinking_delta', thinking: block['thinking'] },
      { type: 'signature_delta', signature: block['signature'] },
    ];
  if (block.type.endsWith('_result')) return [];
  const input = JSON.stringify(block['input']);
  return [input.slice(0, 4), input.slice(4)].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  json(response, status, { type: 'error', error: { type, message }, request_id: 'req_1' });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
