import type { ServerResponse } from 'node:http';
import type { ChatScript } from './chat-script.ts';
import type { Pacer } from './pacer.ts';

/** Saturated tokens go out in groups: one turn of the event loop each, as from a provider that computes them in batches. */
const tokensPerTurn = 16;
const promptTokens = 10;
const plainToken = 'token ';
const toolCalls = [
  { id: 'call_product', expression: '6 * 7' },
  { id: 'call_sum', expression: '6 + 7' },
].map(({ id, expression }, index) => ({
  index,
  id,
  type: 'function',
  function: { name: 'calculate', arguments: JSON.stringify({ expression }) },
}));

/** The constant part of every chunk. */
function envelope(model: string): string {
  return `"id":"chatcmpl-bench","created":1,"model":${JSON.stringify(model)}`;
}

const usageOf = (tokens: number) =>
  `{"prompt_tokens":${promptTokens},"completion_tokens":${tokens},"total_tokens":${promptTokens + tokens}}`;

/** The time on the clock that all processes of the machine share, in microseconds. It is the text of a paced token. */
export function sharedClockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Answers a chat completion without streaming. */
export function answerWhole(
  response: ServerResponse,
  model: string,
  script: ChatScript,
  hasOutputs: boolean,
): void {
  const calls = script.callsTools && !hasOutputs;
  const message = calls
    ? { role: 'assistant', content: null, tool_calls: toolCalls.map(({ index: _, ...call }) => call) }
    : { role: 'assistant', content: plainToken.repeat(script.tokens) };
  const body =
    `{${envelope(model)},"object":"chat.completion","choices":[{"index":0,"message":${JSON.stringify(message)},` +
    `"finish_reason":"${calls ? 'tool_calls' : 'stop'}"}],"usage":${usageOf(script.tokens)}}`;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Streams a chat completion, as fast as the connection allows or at the pace of the script. */
export function answerStream(
  response: ServerResponse,
  model: string,
  script: ChatScript,
  { hasOutputs, pacer }: { hasOutputs: boolean; pacer: Pacer },
): void {
  const start = `data: {${envelope(model)},"object":"chat.completion.chunk","choices":`;
  const choice = (delta: string, reason = 'null') =>
    `${start}[{"index":0,"delta":${delta},"finish_reason":${reason}}]}\n\n`;
  const end = (reason: string) => {
    response.write(choice('{}', `"${reason}"`));
    response.write(`${start}[],"usage":${usageOf(script.tokens)}}\n\n`);
    response.end('data: [DONE]\n\n');
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (script.callsTools && !hasOutputs) {
    response.write(choice(JSON.stringify({ role: 'assistant', content: null, tool_calls: toolCalls })));
    end('tool_calls');
    return;
  }
  let sent = 0;
  if (script.tokensPerSecond === null) {
    const token = choice(`{"content":"${plainToken}"}`);
    const sendGroup = () => {
      for (let place = 0; place < tokensPerTurn && sent < script.tokens; place++, sent++)
        response.write(token);
      if (response.destroyed) return;
      if (sent === script.tokens) end('stop');
      else setImmediate(sendGroup);
    };
    sendGroup();
    return;
  }
  response.flushHeaders();
  pacer.add(script.tokensPerSecond, () => {
    if (response.destroyed) return false;
    response.write(choice(`{"content":"@${sharedClockUs()} "}`));
    if (++sent < script.tokens) return true;
    end('stop');
    return false;
  });
}
