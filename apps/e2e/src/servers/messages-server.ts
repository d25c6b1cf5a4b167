import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContentBlockParam, Message, MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';

/** The parts of a message that a script writes: its content, and why it stopped. */
export interface MessageScript {
  content: ContentBlockParam[];
  stop_reason: Message['stop_reason'];
  stop_sequence?: string;
}

/** A provider that speaks Anthropic's Messages API on loopback, always as a stream, and answers by its script. */
export class MessagesServer {
  /** The bodies of the requests. */
  readonly requests: MessageCreateParams[] = [];
  script: (request: MessageCreateParams) => MessageScript = () => ({ content: [], stop_reason: 'end_turn' });

  private constructor(
    /** The base URL of the API. */
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<MessagesServer> {
    const server = createServer((request, response) => {
      void readJson(request).then((body) => {
        made.requests.push(body);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of eventsOf(made.script(body), body.model))
          response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address of this kind.
    const { port } = server.address() as AddressInfo;
    const stop = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const made = new MessagesServer(`http://127.0.0.1:${port}/v1`, stop);
    return made;
  }
}

async function readJson(request: IncomingMessage): Promise<MessageCreateParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as MessageCreateParams; // its sender is under test
}

type ServerEvent = { type: string } & Record<string, unknown>;

function eventsOf({ content, ...stop }: MessageScript, model: string): ServerEvent[] {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 4,
    cache_creation_input_tokens: 2,
    output_tokens: 1,
  };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], usage };
  return [
    { type: 'message_start', message },
    ...content.flatMap((block, index): ServerEvent[] => [
      { type: 'content_block_start', index, content_block: emptied(block) },
      ...piecesOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: stop, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
}

function emptied(block: ContentBlockParam): object {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'tool_use' ? { ...block, input: {} } : block;
}

function piecesOf(block: ContentBlockParam): object[] {
  if (block.type === 'text') return [{ type: 'text_delta', text: block.text }];
  if (block.type === 'thinking')
    return [
      { type: 'thinking_delta', thinking: block.thinking },
      { type: 'signature_delta', signature: block.signature },
    ];
  return block.type === 'tool_use'
    ? [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]
    : [];
}
