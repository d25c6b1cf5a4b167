import {
  frameOf,
  startStrictAnthropic,
  startStrictBedrock,
  startStrictChat,
  StrictGemini,
  StrictOllama,
  StrictResponsesServer,
  strictKey,
} from '@antiphon/llm/testing';
import type { FrontFaults, FrontReply } from './provider-front.ts';

/** A provider of each protocol, and what its answers become. */
export interface Upstream {
  name: string;
  model: string;
  /** Starts its strict server; `url` is its origin. */
  start(): Promise<{ url: string; stop: () => Promise<void> }>;
  /** Its entry in the providers file, without name and models. */
  entry(origin: string): string;
  faults: FrontFaults;
  /** Matches what must go back unchanged to the account that sent it: an opaque part of a thought, or its text. */
  thought: RegExp;
  usage: { input: number; cached: number; output: number; reasoning: number };
  /** Whether an image behind an http link is sent on as a link. */
  followsLinks: boolean;
  embeds: boolean;
}

const json = (status: number, body: object, headers = {}): FrontReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const events = (...data: object[]): FrontReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''),
});

export const upstreams: readonly Upstream[] = [
  {
    name: 'chat',
    model: 'deepseek-reasoner',
    start: async () => {
      const server = await startStrictChat();
      return { url: new URL(server.baseUrl).origin, stop: () => server.stop() };
    },
    entry: (origin) => `preset: deepseek, base_url: "${origin}/v1", api_key: key`,
    faults: {
      overflow: json(400, {
        error: {
          message:
            "This model's maximum context length is 65536 tokens. However, you requested 70001 tokens (69001 in the messages, 1000 in the completion).",
          type: 'invalid_request_error',
          code: 'invalid_request_error',
        },
      }),
      empty: events({
        choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }],
      }),
    },
    thought: /"reasoning_content":"(number \d+\.)"/,
    usage: { input: 16, cached: 4, output: 5, reasoning: 2 },
    followsLinks: true,
    embeds: true,
  },
  {
    name: 'responses',
    model: 'gpt-5-mini',
    start: async () => {
      const server = await StrictResponsesServer.start('first');
      return { url: new URL(server.baseUrl).origin, stop: () => server.stop() };
    },
    entry: (origin) => `preset: openai, protocol: openai_responses, base_url: "${origin}/v1", api_key: key`,
    faults: {
      overflow: json(400, {
        error: {
          message:
            'Your input exceeds the context window of this model. Please adjust your input and try again.',
          type: 'invalid_request_error',
          param: 'input',
          code: 'context_length_exceeded',
        },
      }),
      empty: events(
        { type: 'response.created', response: { object: 'response', status: 'in_progress', output: [] } },
        { type: 'response.completed', response: { object: 'response', status: 'completed', output: [] } },
      ),
    },
    thought: /"encrypted_content":"(gAAA-first-\d+)"/,
    usage: { input: 10, cached: 4, output: 6, reasoning: 2 },
    followsLinks: true,
    embeds: true,
  },
  {
    name: 'anthropic',
    model: 'claude-sonnet-4-5-20250929',
    start: async () => {
      const server = await startStrictAnthropic();
      return { url: new URL(server.url).origin, stop: () => server.close() };
    },
    entry: (origin) => `preset: anthropic, base_url: "${origin}/v1", api_key: ${strictKey}`,
    faults: {
      overflow: json(400, {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'prompt is too long: 208310 tokens > 200000 maximum',
        },
      }),
      empty: events(
        { type: 'message_start', message: { role: 'assistant', content: [], usage: { input_tokens: 9 } } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
        { type: 'message_stop' },
      ),
    },
    thought: /"signature":"(signed[^"]+)"/,
    usage: { input: 16, cached: 4, output: 5, reasoning: 0 },
    followsLinks: false,
    embeds: false,
  },
  {
    name: 'gemini',
    model: 'gemini-3-pro-preview',
    start: async () => {
      const server = await StrictGemini.start();
      return { url: server.origin, stop: () => server.stop() };
    },
    entry: (origin) => `preset: gemini, base_url: "${origin}/v1beta", api_key: key`,
    faults: {
      overflow: json(400, {
        error: {
          code: 400,
          message: 'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      }),
      empty: events({ candidates: [{ content: { role: 'model' }, finishReason: 'STOP', index: 0 }] }),
    },
    thought: /"thoughtSignature":"([^"]+)"/,
    usage: { input: 16, cached: 4, output: 5, reasoning: 2 },
    followsLinks: false,
    embeds: true,
  },
  {
    name: 'bedrock',
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    start: async () => {
      const server = await startStrictBedrock();
      return { url: server.url, stop: () => server.close() };
    },
    entry: (origin) =>
      `preset: aws_bedrock, base_url: "${origin}", region: eu-west-1, access_key_id: AKIA, secret_access_key: secret`,
    faults: {
      overflow: json(
        400,
        { message: 'The model returned the following errors: Input is too long for requested model.' },
        { 'x-amzn-errortype': 'ValidationException' },
      ),
      empty: {
        status: 200,
        headers: { 'content-type': 'application/vnd.amazon.eventstream' },
        body: Buffer.concat(
          [
            { messageStart: { role: 'assistant' } },
            { messageStop: { stopReason: 'end_turn' } },
            { metadata: { usage: { inputTokens: 9, outputTokens: 1, totalTokens: 10 } } },
          ].map((event) => frameOf(JSON.stringify(event))),
        ),
      },
    },
    thought: /"signature":"(signed[^"]+)"/,
    usage: { input: 16, cached: 4, output: 5, reasoning: 0 },
    followsLinks: false,
    embeds: false,
  },
  {
    name: 'ollama',
    model: 'gpt-oss:20b',
    start: async () => {
      const server = await StrictOllama.start();
      return { url: server.origin, stop: () => server.stop() };
    },
    entry: (origin) => `preset: ollama, base_url: "${origin}"`,
    faults: {
      overflow: json(400, { error: 'the input length exceeds the context length' }),
      empty: {
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        body: '{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n',
      },
    },
    thought: /"thinking":"(I think of it, number \d+\.)"/,
    usage: { input: 16, cached: 0, output: 5, reasoning: 0 },
    followsLinks: false,
    embeds: true,
  },
];
