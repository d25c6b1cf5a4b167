import { reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { png } from './tool-system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const model = 'gpt-scripted';
const lastBody = () => provider.calls.at(-1)?.body;

/** Posts a body as these programs do, and returns the text of a successful answer. */
async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`${system.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, ...body }),
  });
  const read = await answer.text();
  expect(answer.status, read).toBe(200);
  return read;
}

interface StreamPart {
  type?: string;
  choices?: { delta: { content?: string; reasoning_content?: string; tool_calls?: object[] } }[];
  delta?: string;
  item?: { type: string };
  response?: { usage: object };
  usage?: object;
}
const partsOf = (stream: string): StreamPart[] =>
  [...stream.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as StreamPart); // each is an event of the API

const image = `data:image/png;base64,${png}`;
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'get_weather', description: 'The weather of a city', parameters };
const call = { name: 'get_weather', arguments: '{"city":"Oslo"}' };

describe('Open WebUI', () => {
  const userHeaders = {
    'X-OpenWebUI-User-Name': 'Ada',
    'X-OpenWebUI-User-Id': '5b1c',
    'X-OpenWebUI-User-Role': 'user',
    'X-OpenWebUI-Chat-Id': '77aa',
  };

  scenario('client-chat-apps', 'streams a chat completion with pictures and tools', async () => {
    provider.script = () => [reasoning('Hm.'), text('Sunny', '.')];
    const stream = await post(
      'chat/completions',
      {
        stream: true,
        stream_options: { include_usage: true },
        messages: [
          { role: 'system', content: 'Be kind' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: image } },
            ],
          },
          {
            role: 'assistant',
            content: '',
            tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }],
          },
          { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
        ],
        tools: [{ type: 'function', function: weather }],
        temperature: 0.7,
        top_p: 0.9,
        min_p: 0.1,
        top_k: 40,
        max_tokens: 500,
        frequency_penalty: 0,
        presence_penalty: 0,
        seed: 7,
        stop: ['###'],
        logit_bias: {},
        reasoning_effort: 'medium',
      },
      userHeaders,
    );
    const parts = partsOf(stream);
    const written = parts.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('');
    expect(written).toBe('Sunny.');
    expect(parts.at(-1)).toMatchObject({ usage: { prompt_tokens: 10 } });
    expect(stream).toContain('"reasoning_content":"Hm."');
    expect(stream).toMatch(/data: \[DONE\]\s*$/);
    expect(JSON.stringify(lastBody())).toContain(png);
  });

  scenario('client-chat-apps', 'makes a title, without a stream', async () => {
    provider.script = () => [text('{"title": "Rain"}')];
    const read = await post('chat/completions', {
      stream: false,
      messages: [{ role: 'user', content: 'A title for: rain' }],
      max_completion_tokens: 1000,
    });
    expect(JSON.parse(read)).toMatchObject({ choices: [{ message: { content: '{"title": "Rain"}' } }] });
  });

  scenario('client-chat-apps', 'streams a response, with the items of its own record', async () => {
    provider.script = () => [reasoning('Hm.'), toolCall('get_weather', { city: 'Oslo' })];
    const stream = await post(
      'responses',
      {
        stream: true,
        instructions: 'Be kind',
        input: [
          {
            type: 'message',
            role: 'user',
            content: [
              { type: 'input_text', text: 'What is this?' },
              { type: 'input_image', image_url: image },
            ],
          },
          {
            type: 'reasoning',
            id: 'r_4c1d9b',
            status: 'completed',
            start_tag: '<think>',
            end_tag: '</think>',
            attributes: { type: 'reasoning_content' },
            content: [{ type: 'output_text', text: 'A picture.' }],
            summary: null,
            started_at: 1764000000.5,
            ended_at: 1764000001.5,
            duration: 1,
          },
          { type: 'function_call', call_id: 'call_1', id: 'fc_4c1d', ...call },
          {
            type: 'function_call_output',
            call_id: 'call_1',
            output: [{ type: 'input_text', text: 'sunny' }],
          },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'It is sunny.' }] },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And now?' }] },
        ],
        tools: [{ type: 'function', ...weather }],
        temperature: 0.7,
        max_output_tokens: 500,
      },
      userHeaders,
    );
    const parts = partsOf(stream);
    const items = parts.filter(({ type }) => type === 'response.output_item.done');
    expect(items.map(({ item }) => item?.type)).toEqual(['reasoning', 'function_call']);
    expect(items[1]?.item).toMatchObject(call);
    expect(parts.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { usage: { input_tokens: 10 } },
    });
    expect(JSON.stringify(lastBody())).toContain('It is sunny.');
  });
});

describe('LibreChat', () => {
  const user = '665f1c2ab7d9e84c1f0a9d31';

  scenario('client-chat-apps', 'streams a chat completion', async () => {
    provider.script = () => [text('Sunny.')];
    const stream = await post('chat/completions', {
      temperature: 1,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      n: 1,
      stream: true,
      stream_options: { include_usage: true },
      user,
      include_reasoning: true,
      reasoning: { effort: 'medium' },
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be kind' }] },
        { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
        { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', type: 'function', function: call }] },
        { role: 'tool', content: 'sunny', tool_call_id: 'call_1', name: 'get_weather' },
      ],
      tools: [{ type: 'function', function: weather }],
      tool_choice: 'auto',
    });
    const written = partsOf(stream).map(({ choices }) => choices?.[0]?.delta.content ?? '');
    expect(written.join('')).toBe('Sunny.');
  });

  scenario('client-chat-apps', 'streams a response that searches the web', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('web_search', { queries: ['rain'] })] : [text('Rain.')];
    const stream = await post('responses', {
      stream: true,
      user,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low' },
      max_output_tokens: 4096,
      truncation: 'auto',
      strict: undefined,
      input: [
        { type: 'message', role: 'developer', content: 'Be kind' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
      ],
      tools: [{ type: 'web_search' }, { type: 'function', ...weather, strict: null }],
    });
    const parts = partsOf(stream);
    const items = parts.flatMap(({ type, item }) =>
      type === 'response.output_item.done' ? [item?.type] : [],
    );
    expect(items).toEqual(['web_search_call', 'message']);
    const written = parts.flatMap(({ type, delta }) =>
      type === 'response.output_text.delta' ? [delta] : [],
    );
    expect(written.join('')).toBe('Rain.');
  });
});
