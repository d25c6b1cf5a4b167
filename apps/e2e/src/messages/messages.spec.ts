import Anthropic from '@anthropic-ai/sdk';
import { fail, finish, refusal, text, toolCall, usage } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { JanClient } from '../clients/jan-client.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const options = { baseURL: system.url, maxRetries: 0 };
const client = new Anthropic({ ...options, apiKey: null, authToken: token });
const plain = {
  model: 'gpt-scripted',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

describe('create', () => {
  scenario(
    'messages-create',
    'answers an API key in x-api-key and a token, whole and as a stream',
    async () => {
      const guest = new JanClient(system.url, token);
      const made = await guest.request<{ key: string }>('POST', '/llm/auth/api-keys');
      const withKey = new Anthropic({ ...options, apiKey: made.body.key });
      for (const caller of [client, withKey]) {
        const message = await caller.messages.create(plain);
        expect(message).toMatchObject({
          type: 'message',
          role: 'assistant',
          model: 'gpt-scripted',
          content: [{ type: 'text', text: 'Hello there.' }],
          stop_reason: 'end_turn',
        });
        expect(message._request_id).toMatch(/./);
        const pieces: string[] = [];
        const stream = caller.messages.stream(plain).on('text', (piece) => void pieces.push(piece));
        const { id: _id, ...streamed } = await stream.finalMessage();
        const { id: _other, _request_id, ...whole } = message;
        expect(streamed).toMatchObject(whole);
        expect(pieces.join('')).toBe('Hello there.');
        expect(pieces.length).toBeGreaterThan(1);
      }
    },
  );

  scenario('messages-create', 'names a model of the list', async () => {
    const listed = await client.models.list();
    expect(listed.data).toContainEqual(expect.objectContaining({ type: 'model', id: 'gpt-scripted' }));
    expect(await client.models.retrieve('gpt-scripted')).toMatchObject({ display_name: 'gpt-scripted' });
    await expect(client.models.retrieve('none')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  scenario('messages-create', 'stores nothing', async () => {
    const { data } = await client.messages.create(plain).withResponse();
    const id = data.id.replace('msg_', 'resp_');
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${system.url}/v1/responses/${id}`, { headers })).status).toBe(404);
  });

  scenario(
    'messages-settings',
    'sends settings and content to the provider, and counts by kind',
    async () => {
      provider.script = () => [
        text('{"a":1}'),
        usage({ prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 15 } }),
      ];
      const message = await client.messages.create({
        ...plain,
        system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
        stop_sequences: ['END'],
        // Fields of older versions of the stock client.
        ...{ temperature: 0.5, top_k: 7 },
        metadata: { user_id: 'u-1' },
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
            ],
          },
        ],
      });
      expect(message.usage).toMatchObject({ input_tokens: 5, cache_read_input_tokens: 15, output_tokens: 5 });
      expect(provider.calls.at(-1)?.body).toMatchObject({
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
            ],
          },
        ],
        stop: ['END'],
        temperature: 0.5,
        top_k: 7,
        response_format: { type: 'json_schema' },
      });
    },
  );

  scenario('messages-settings', 'says why it stopped', async () => {
    const scripts = {
      max_tokens: () => [text('Once upon'), finish('length')],
      refusal: () => [refusal('I will', ' not.')],
    };
    for (const [reason, script] of Object.entries(scripts)) {
      provider.script = script;
      const whole = await client.messages.create(plain);
      const streamed = await client.messages.stream(plain).finalMessage();
      for (const { stop_reason: said } of [whole, streamed]) expect(said).toBe(reason);
      expect(streamed.content).toEqual(whole.content);
    }
  });
});

describe('tools', () => {
  scenario(
    'messages-tools',
    'of the client are called at once, and answered in the next request',
    async () => {
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length > 0
          ? [text(toolOutputs.join(' and '))]
          : [
              toolCall('get_weather', { city: 'Paris' }, { id: 'call_1' }),
              toolCall('get_weather', { city: 'Rome' }, { id: 'call_2', index: 1 }),
            ];
      const request = { ...plain, tools: [weather] };
      const whole = await client.messages.create(request);
      const streamed = await client.messages.stream(request).finalMessage();
      for (const { content, stop_reason: reason } of [whole, streamed]) {
        expect(reason).toBe('tool_use');
        expect(content).toMatchObject([
          { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
          { type: 'tool_use', id: 'call_2', input: { city: 'Rome' } },
        ]);
        const results: Anthropic.ToolResultBlockParam[] = [
          { type: 'tool_result', tool_use_id: 'call_1', content: 'sun' },
          { type: 'tool_result', tool_use_id: 'call_2', content: 'rain', is_error: true },
        ];
        const next = await client.messages.create({
          ...request,
          messages: [...plain.messages, { role: 'assistant', content }, { role: 'user', content: results }],
        });
        expect(next.content).toMatchObject([{ type: 'text', text: 'sun and rain' }]);
      }
    },
  );

  scenario('messages-tools', 'of the client run in the tool runner of the stock client', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length > 0
        ? [text(`It is ${String(toolOutputs[0])}.`)]
        : [toolCall('get_weather', { city: 'Paris' })];
    const runner = client.beta.messages.toolRunner({
      ...plain,
      tools: [{ ...weather, run: () => 'sunny', parse: (input: unknown) => input }],
    });
    expect((await runner).content).toMatchObject([{ type: 'text', text: 'It is sunny.' }]);
  });

  scenario('messages-tools', 'of the server run before the message ends', async () => {
    const asked = ({ toolOutputs }: { toolOutputs: string[] }) =>
      toolOutputs.length > 0 ? [text('It is 42.')] : [toolCall('calculate', { expression: '6*7' })];
    provider.script = asked;
    // The stock client's type demands a URL; this server's own tools have none.
    const servers = [{ type: 'url' as const, name: 'antiphon', url: '' }];
    const request = { ...plain, mcp_servers: servers };
    const whole = await client.beta.messages.create(request);
    const streamed = await client.beta.messages.stream(request).finalMessage();
    for (const { content } of [whole, streamed])
      expect(content).toMatchObject([
        { type: 'mcp_tool_use', name: 'calculate', server_name: 'antiphon', input: { expression: '6*7' } },
        {
          type: 'mcp_tool_result',
          is_error: false,
          content: [{ text: expect.stringContaining('42') as string }],
        },
        { type: 'text', text: 'It is 42.' },
      ]);
    provider.script = () => [text('Good.')];
    const messages: Anthropic.Beta.BetaMessageParam[] = [
      ...plain.messages,
      { role: 'assistant', content: whole.content },
      { role: 'user', content: 'Thanks' },
    ];
    const next = await client.beta.messages.create({ ...request, messages });
    expect(next.content).toMatchObject([{ text: 'Good.' }]);
    expect(JSON.stringify(provider.calls.at(-1)?.body.messages)).toContain('42');
  });
});

scenario('messages-search', 'the server searches the web, and the client sends the pages back', async () => {
  const searching = ({ toolOutputs }: { toolOutputs: string[] }) =>
    toolOutputs.length > 0
      ? [text('It rains.')]
      : [toolCall('web_search', { queries: ['rain'] }, { id: 'call_s' })];
  const tools: Anthropic.WebSearchTool20250305[] = [
    { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
  ];
  const request = { ...plain, tools };
  provider.script = searching;
  const whole = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  for (const { content, usage: counts } of [whole, streamed]) {
    expect(content).toMatchObject([
      { type: 'server_tool_use', id: 'call_s', name: 'web_search', input: { query: 'rain' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'call_s',
        content: [{ type: 'web_search_result', url: expect.stringContaining('/pages/') as string }, {}],
      },
      { type: 'text', text: 'It rains.' },
    ]);
    expect(counts.server_tool_use).toMatchObject({ web_search_requests: 1 });
  }
  const messages: Anthropic.MessageParam[] = [
    ...plain.messages,
    { role: 'assistant', content: whole.content },
    { role: 'user', content: 'Thanks' },
  ];
  provider.script = () => [text('Good.')];
  const next = await client.messages.create({ ...request, messages });
  expect(next.content).toMatchObject([{ text: 'Good.' }]);
  expect(JSON.stringify(provider.calls.at(-1)?.body.messages)).toContain('/pages/');
});

scenario('messages-tools', 'a call of a tool that there is not stays between server and model', async () => {
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length > 0 ? [text('Then not.')] : [toolCall('guessed', { a: 1 }, { id: 'call_g' })];
  const request = { ...plain, tools: [weather] };
  for (const message of [
    await client.messages.create(request),
    await client.messages.stream(request).finalMessage(),
  ])
    expect(message.content).toMatchObject([{ type: 'text', text: 'Then not.' }]);
});

scenario('messages-count', 'count_tokens counts more for more', async () => {
  const { model, messages } = plain;
  const few = await client.messages.countTokens({ model, messages });
  const more = await client.messages.countTokens({ model, messages, tools: [weather], system: 'Be brief.' });
  expect(few.input_tokens).toBeGreaterThan(0);
  expect(more.input_tokens).toBeGreaterThan(few.input_tokens);
});

describe('errors', () => {
  const failing = async (request: PromiseLike<unknown>) => {
    const error: unknown = await request.then(undefined, (thrown: unknown) => thrown);
    if (!(error instanceof Anthropic.APIError)) throw new Error('no error of the API', { cause: error });
    return error;
  };

  scenario('messages-errors', 'are the classes of the stock client', async () => {
    const stranger = new Anthropic({ ...options, apiKey: 'sk_unknown' });
    provider.script = () => [fail(429, { headers: { 'retry-after': '60' } })];
    const cases: [() => PromiseLike<unknown>, unknown, string][] = [
      [
        () => client.messages.create({ ...plain, max_tokens: 0 }),
        Anthropic.BadRequestError,
        'invalid_request_error',
      ],
      [() => stranger.messages.create(plain), Anthropic.AuthenticationError, 'authentication_error'],
      [
        () => client.messages.create({ ...plain, model: 'gpt-unknown' }),
        Anthropic.NotFoundError,
        'not_found_error',
      ],
      [() => client.messages.batches.list(), Anthropic.NotFoundError, 'not_found_error'],
      [() => client.messages.create(plain), Anthropic.RateLimitError, 'rate_limit_error'],
    ];
    for (const [request, kind, type] of cases) {
      const error = await failing(request());
      expect(error).toBeInstanceOf(kind);
      expect(error.type).toBe(type);
      expect(error.requestID).toMatch(/./);
      expect(error.error).toMatchObject({ type: 'error', request_id: error.requestID });
    }
  });

  scenario('messages-errors', 'end a stream that has begun', async () => {
    provider.script = () => [text('Half'), { do: 'cut' }];
    const error = await failing(client.messages.stream(plain).finalMessage());
    expect(error.type).toBe('api_error');
  });
});
