import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect } from 'vitest';
import { scenarioOfProcesses } from '../scenario.ts';
import { MessagesServer } from '../servers/messages-server.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const client = new Anthropic({
  baseURL: system.url,
  apiKey: null,
  authToken: await system.token(),
  maxRetries: 0,
});
const thought = { type: 'thinking' as const, thinking: 'Let me “look”.\n', signature: 'EqQBCgIYAhIM+/sig==' };
const hidden = { type: 'redacted_thinking' as const, data: 'EmwKAhgBEgy+/data==' };
const call = { type: 'tool_use' as const, id: 'toolu_1', name: 'look', input: { at: 'x' } };
const request = {
  model: 'claude/claude-sonnet-4-5',
  max_tokens: 8_000,
  thinking: { type: 'enabled' as const, budget_tokens: 2_048 },
  tools: [{ name: 'look', input_schema: { type: 'object' as const, properties: {} } }],
  messages: [{ role: 'user' as const, content: 'Look.' }],
};

let server: MessagesServer;
beforeAll(async () => {
  server = await MessagesServer.start();
  await system.useProviders(
    `providers:\n  - { name: claude, preset: anthropic, base_url: "${server.url}", api_key: key, models: [claude-sonnet-4-5] }\n`,
  );
});
afterAll(async () => {
  await system.useProviders();
  await server.stop();
});

/** Answers with thoughts and a call first, and with a text once it has the output. */
const thinksAndCalls: MessagesServer['script'] = ({ messages }) =>
  messages.length === 1
    ? { content: [thought, hidden, call], stop_reason: 'tool_use' }
    : { content: [{ type: 'text', text: 'Seen.' }], stop_reason: 'stop_sequence', stop_sequence: 'END' };

scenarioOfProcesses('messages-thinking', 'thoughts go back as their provider sent them', async () => {
  server.script = thinksAndCalls;
  const whole = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  for (const { content } of [whole, streamed]) {
    expect(content[0]).toMatchObject({
      type: 'thinking',
      thinking: expect.stringContaining('“look”') as string,
    });
    expect(JSON.stringify(content)).not.toContain(thought.signature);
    const result = { type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'A door' };
    const next = await client.messages.create({
      ...request,
      stop_sequences: ['END'],
      messages: [...request.messages, { role: 'assistant', content }, { role: 'user', content: [result] }],
    });
    expect(next).toMatchObject({
      content: [{ type: 'text', text: 'Seen.' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 2,
        output_tokens: 5,
      },
    });
    const sent = server.requests.at(-1);
    expect(sent).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 2_048 },
      stop_sequences: ['END'],
    });
    expect(sent?.messages[1]).toEqual({ role: 'assistant', content: [thought, hidden, call] });
  }
});

scenarioOfProcesses('messages-thinking', 'a signature of another server or caller is refused', async () => {
  server.script = thinksAndCalls;
  const { content } = await client.messages.create(request);
  const other = new Anthropic({
    baseURL: system.url,
    apiKey: null,
    authToken: await system.token(),
    maxRetries: 0,
  });
  const result = { type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'A door' };
  const continued = (said: Anthropic.ContentBlockParam[]) => ({
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant' as const, content: said },
      { role: 'user' as const, content: [result] },
    ],
  });
  await expect(other.messages.create(continued(content))).rejects.toThrow(
    'Invalid `signature` in `thinking`',
  );
  await expect(client.messages.create(continued([thought, call]))).rejects.toThrow(
    'Invalid `signature` in `thinking`',
  );
});
