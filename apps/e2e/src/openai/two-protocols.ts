import { type ProviderCall, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll } from 'vitest';
import { MessagesServer } from '../servers/messages-server.ts';
import type { System } from '../system/system.ts';
import { model } from './openai-system.ts';

/** One turn of a model: a text, or a call. */
export type Turn = string | { name: string; arguments: Record<string, unknown> };
/** A turn by the outputs of the calls since the last message of the user. */
export type TurnScript = (outputs: string[]) => Turn;

/** A scripted model behind a protocol. */
export interface ScriptedUpstream {
  api: string;
  model: string;
  play: (script: TurnScript) => void;
  /** The last request of the provider, as JSON. */
  lastBody: () => string;
}

/** Two scripted models, behind OpenAI's chat completions and behind Anthropic's Messages API, for the calling spec. */
export function twoProtocols(system: System): ScriptedUpstream[] {
  const { provider } = system;
  let messages: MessagesServer;
  beforeAll(async () => {
    messages = await MessagesServer.start();
    await system.useProviders(
      `providers:\n  - { name: claude, preset: anthropic, base_url: "${messages.url}", api_key: key, models: [claude-sonnet-4-5] }\n`,
    );
  });
  afterAll(async () => {
    await system.useProviders();
    await messages.stop();
  });
  return [
    {
      api: 'chat completions',
      model,
      play(script) {
        provider.script = ({ body }) => {
          const outputs = toolMessagesIn(body.messages);
          const turn = script(outputs);
          const id = `call_${outputs.length}`;
          return typeof turn === 'string' ? [text(turn)] : [toolCall(turn.name, turn.arguments, { id })];
        };
      },
      lastBody: () => JSON.stringify(provider.calls.at(-1)?.body),
    },
    {
      api: 'messages',
      model: 'claude/claude-sonnet-4-5',
      play(script) {
        messages.script = (request) => {
          const outputs = outputsIn(request.messages);
          const turn = script(outputs);
          if (typeof turn === 'string')
            return { content: [{ type: 'text', text: turn }], stop_reason: 'end_turn' };
          const call = { name: turn.name, input: turn.arguments, id: `toolu_${outputs.length}` };
          return { content: [{ type: 'tool_use', ...call }], stop_reason: 'tool_use' };
        };
      },
      lastBody: () => JSON.stringify(messages.requests.at(-1)),
    },
  ];
}

/** The outputs of the calls since the last question. A picture that a tool returned follows its output as a message of the user. */
function toolMessagesIn(said: ProviderCall['body']['messages']): string[] {
  const question = said.findLastIndex(({ role }, at) => role === 'user' && said[at - 1]?.role !== 'tool');
  const outputs = said.slice(question + 1).filter(({ role }) => role === 'tool');
  return outputs.map(({ content }) => String(content));
}

/** The outputs of the calls since the last message of the user. */
function outputsIn(said: MessagesServer['requests'][number]['messages']): string[] {
  const blocks = said.map(({ content }) => (typeof content === 'string' ? [] : content));
  const question = said.findLastIndex(
    ({ role }, at) => role === 'user' && !blocks[at]?.some(({ type }) => type === 'tool_result'),
  );
  return blocks.slice(question + 1).flatMap((content) =>
    content.flatMap((block) => {
      if (block.type !== 'tool_result') return [];
      const { content: output = '' } = block;
      if (typeof output === 'string') return [output];
      return [output.map((part) => ('text' in part ? part.text : '')).join('')];
    }),
  );
}
