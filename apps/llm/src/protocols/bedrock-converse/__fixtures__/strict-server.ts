import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';
import { exceptionFrame, frameOf } from './frames.ts';
import { type ConverseRequest, faultIn } from './strict-rules.ts';

/**
 * A server that refuses what Bedrock's Converse API refuses, with its words, and answers the rest: with a thought and the calls that the request
 * asks for (`askedCalls`), and with a text once their outputs are there. A message "throttle" breaks the stream.
 */
export interface StrictServer {
  url: string;
  /** The bodies of the accepted requests. */
  readonly requests: ConverseRequest[];
  close(): Promise<void>;
}

export async function startStrictServer(): Promise<StrictServer> {
  const requests: ConverseRequest[] = [];
  const server = createServer((request, response) => void answer(request, response, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, requests: ConverseRequest[]): Promise<void> {
  const path = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(request.url ?? '');
  if (request.method !== 'POST' || path === null) return json(response, 404, { message: 'UnknownOperationException' });
  const [, model = '', operation] = path;
  // The rules check what it holds.
  const body = JSON.parse(await textOf(request)) as ConverseRequest;
  const fault = faultIn(decodeURIComponent(model), body);
  if (fault !== null) return json(response, 400, { message: fault });
  requests.push(body);
  const reply = replyTo(body, requests.length);
  if (operation === 'converse') return json(response, 200, reply);
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  if (JSON.stringify(body.messages.at(-1)).includes('"throttle"'))
    return void response.end(exceptionFrame('throttlingException', 'Too many requests, please wait before trying again.'));
  for (const event of eventsOf(reply)) response.write(frameOf(JSON.stringify(event)));
  response.end();
}

type Block = Record<string, unknown>;

interface Reply {
  output: { message: { role: 'assistant'; content: Block[] } };
  stopReason: string;
  usage: object;
}

function replyTo(body: ConverseRequest, number: number): Reply {
  const hasOutputs = body.messages.at(-1)?.content.some((block) => 'toolResult' in block) === true;
  const specs = (body.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec === undefined ? [] : [toolSpec as { name: string }])); // as the rules have checked
  const calls = askedCalls(body.messages, hasOutputs ? [] : specs.map(({ name }) => name), { port: 'Brest' });
  const thinks = body.additionalModelRequestFields?.['thinking'] !== undefined;
  return {
    output: {
      message: {
        role: 'assistant',
        content: [
          ...(thinks ? [{ reasoningContent: { reasoningText: { text: 'I think.', signature: `signed+${number}/==` } } }] : []),
          ...(calls.length === 0 ? [{ text: answerText((body as Block)['outputConfig'] !== undefined) }] : []),
          ...calls.map((call, at) => ({ toolUse: { toolUseId: `tooluse_${number}-${at}`, ...call } })),
        ],
      },
    },
    stopReason: calls.length > 0 ? 'tool_use' : 'end_turn',
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 21, cacheReadInputTokens: 4, cacheWriteInputTokens: 2 },
  };
}

function eventsOf({ output, stopReason, usage }: Reply): object[] {
  return [
    { messageStart: { role: 'assistant' } },
    ...output.message.content.flatMap((block, contentBlockIndex) => [
      ...(block['toolUse'] === undefined ? [] : [{ contentBlockStart: { contentBlockIndex, start: { toolUse: { ...block['toolUse'], input: undefined } } } }]),
      ...piecesOf(block).map((delta) => ({ contentBlockDelta: { contentBlockIndex, delta } })),
      { contentBlockStop: { contentBlockIndex } },
    ]),
    { messageStop: { stopReason } },
    { metadata: { usage, metrics: { latencyMs: 1 } } },
  ];
}

function piecesOf({ text, toolUse, reasoningContent }: Block): object[] {
  if (text !== undefined) return [{ text }];
  if (reasoningContent !== undefined) {
    const { reasoningText } = reasoningContent as { reasoningText: { text: string; signature: string } }; // made above
    return [{ reasoningContent: { text: reasoningText.text } }, { reasoningContent: { signature: reasoningText.signature } }];
  }
  const input = JSON.stringify((toolUse as { input: object }).input); // made above
  return [input.slice(0, 4), input.slice(4)].map((piece) => ({ toolUse: { input: piece } }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
