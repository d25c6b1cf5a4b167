import {
  chunk,
  cut,
  end,
  event,
  finish,
  type ProviderScript,
  raw,
  text,
  toolCall,
  usage,
} from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { eventsIn, expectToAddUp } from './checks/event-sums.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });
const model = 'gpt-scripted';
const responses = `${system.url}/v1/responses`;
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const stream = async (fields: object) => {
  const body = JSON.stringify({ model, input: 'x', stream: true, ...fields });
  return (await fetch(responses, { method: 'POST', headers, body })).text();
};
const streamOf = async (id: string) => (await fetch(`${responses}/${id}?stream=true`, { headers })).text();
const one = { type: 'function' as const, name: 'one', parameters: null, strict: null };
const delta = (fields: object) => chunk({ delta: fields });
const image = 'data:image/png;base64,AAAA';
const largeImage = `data:image/png;base64,${'A'.repeat(3 * 1024 * 1024)}`;
const pages = ['https://a.example', 'https://b.example'];

/** The output of a provider, and the items of the response. */
const cases: Record<string, { script: ProviderScript; ends: object }> = {
  'an image after its text': {
    script: () => [text('Look:'), delta({ images: [{ type: 'image_url', image_url: { url: image } }] })],
    ends: { output: [{ content: [{ text: 'Look:' }, { type: 'input_image', image_url: image }] }] },
  },
  'an image alone': {
    script: () => [delta({ images: [{ type: 'image_url', image_url: { url: image } }] })],
    ends: { status: 'completed', output: [{ content: [{ type: 'input_image', image_url: image }] }] },
  },
  'an image of megabytes': {
    script: () => [delta({ images: [{ type: 'image_url', image_url: { url: largeImage } }] })],
    ends: { status: 'completed', output: [{ content: [{ type: 'input_image', image_url: largeImage }] }] },
  },
  'citations beside the answer': {
    script: () => [
      event({
        citations: pages,
        search_results: [{ url: pages[0], title: 'A' }],
        choices: [{ index: 0, delta: { content: 'So it is[1].' } }],
      }),
    ],
    ends: {
      output: [
        {
          content: [
            {
              text: 'So it is[1].',
              annotations: [
                { type: 'url_citation', url: pages[0], title: 'A', start_index: 8, end_index: 11 },
                { type: 'url_citation', url: pages[1], title: '', start_index: 12, end_index: 12 },
              ],
            },
          ],
        },
      ],
    },
  },
  'thoughts in details': {
    script: () => [
      delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Hm' }] }),
      text('Yes'),
    ],
    ends: { output: [{ type: 'reasoning' }, { content: [{ text: 'Yes' }] }] },
  },
  'characters cut between two chunks': {
    script: () => [
      delta({ reasoning_content: '\ud83d' }),
      delta({ reasoning_content: '\ude22' }),
      text('a\ud83d', '\ude22b'),
    ],
    ends: { output: [{ type: 'reasoning' }, { content: [{ text: 'a😢b' }] }] },
  },
  'reasoning tokens beside the answer': {
    script: () => [
      text('Yes'),
      usage({
        prompt_tokens: 468,
        completion_tokens: 82,
        total_tokens: 870,
        completion_tokens_details: { reasoning_tokens: 320 },
      }),
    ],
    ends: {
      usage: { output_tokens: 402, output_tokens_details: { reasoning_tokens: 320 }, total_tokens: 870 },
    },
  },
  'no finish reason before [DONE]': {
    script: () => [text('Yes'), finish(null)],
    ends: { status: 'completed', output: [{ content: [{ text: 'Yes' }] }] },
  },
  'another name of the finish reason length': {
    script: () => [text('Ye'), finish('MAX_TOKENS')],
    ends: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  },
  'an aborted answer': {
    script: () => [text('Ye'), finish('abort')],
    ends: { status: 'failed', output: [{ status: 'incomplete', content: [{ text: 'Ye' }] }] },
  },
};

describe('an answer is complete, streamed and in the background, with', () => {
  for (const [name, { script, ends }] of Object.entries(cases)) {
    scenario(['provider-answers', 'provider-finish-reasons', 'provider-usage'], name, async () => {
      provider.script = script;
      const response = expectToAddUp(eventsIn(await stream({})));
      expect(response).toMatchObject(ends);
      expect(expectToAddUp(eventsIn(await streamOf(response.id)))).toEqual(response);
      const events = eventsIn(await stream({ background: true }));
      expect(expectToAddUp(events)).toMatchObject(ends);
      expect(eventsIn(await streamOf(events[0]?.response.id ?? ''))).toEqual(events);
    });
  }
});

scenario('provider-finish-reasons', 'a stream that breaks off after empty finish reasons fails', async () => {
  provider.script = () => [chunk({ delta: { content: 'Ye' }, finish_reason: '' }), cut()];
  expect(expectToAddUp(eventsIn(await stream({})))).toMatchObject({ status: 'failed' });
});

describe('an error inside a 200', () => {
  const errors: Record<string, string> = {
    'as an event': 'data: {"error":{"type":"overloaded_error","message":"busy"}}\n\n',
    'as a line': 'error: {"code":503,"message":"Loading model"}\n\n',
    'as a body': '{"error":{"type":"rate_limit_error","message":"slow down"}}',
  };
  for (const [name, body] of Object.entries(errors)) {
    scenario('provider-errors-in-200', `is retried, ${name}`, async () => {
      const asked = provider.calls.length;
      provider.script = ({ index }) => (index === asked ? [raw(body), end()] : [text('Hi')]);
      const response = await client.responses.create({ model, input: 'x' });
      expect(response).toMatchObject({ status: 'completed', output_text: 'Hi' });
      expect(provider.calls).toHaveLength(asked + 2);
    });
  }
});

describe('a long call id', () => {
  const longId = `call_${'signature'.repeat(100)}`;
  const script: ProviderScript = ({ toolOutputs }) =>
    toolOutputs.length === 0 ? [toolCall('one', {}, { id: longId })] : [text('Done')];
  const sentIds = () => {
    const messages = provider.calls.at(-1)?.body.messages ?? [];
    return messages.flatMap(({ tool_calls: calls = [], tool_call_id: answered }) => [
      ...(calls as { id: string }[]).map(({ id }) => id),
      ...(answered === undefined ? [] : [answered]),
    ]);
  };

  scenario('provider-call-ids', 'is short for the client, and original for the provider', async () => {
    provider.script = script;
    for (const background of [false, true]) {
      let asked = await client.responses.create({ model, input: 'x', tools: [one], background });
      while (asked.status === 'queued' || asked.status === 'in_progress')
        asked = await client.responses.retrieve(asked.id);
      const call = asked.output.find((item) => item.type === 'function_call');
      expect(call?.call_id).toMatch(/^[\x20-\x7e]{1,64}$/);
      const output = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: '1' };
      const answered = await client.responses.create({
        model,
        previous_response_id: asked.id,
        input: [output],
        tools: [one],
      });
      expect(answered.output_text).toBe('Done');
      expect(sentIds()).toEqual([longId, longId]);
      await client.responses.create({
        model,
        previous_response_id: answered.id,
        input: 'And?',
        tools: [one],
      });
      expect(sentIds()).toEqual([longId, longId]);
    }
  });

  scenario(
    'provider-call-ids',
    'is the same for call and output if the client keeps the context',
    async () => {
      provider.script = script;
      const asked = await client.responses.create({ model, input: 'x', tools: [one], store: false });
      const call = asked.output.find((item) => item.type === 'function_call') ?? expect.unreachable();
      await client.responses.create({
        model,
        store: false,
        input: [
          { role: 'user', content: 'x' },
          { type: 'function_call', call_id: call.call_id, name: call.name, arguments: call.arguments },
          { type: 'function_call_output', call_id: call.call_id, output: '1' },
        ],
        tools: [one],
      });
      expect(sentIds()).toEqual([call.call_id, call.call_id]);
    },
  );
});
