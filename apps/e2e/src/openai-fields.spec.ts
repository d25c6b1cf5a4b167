import {
  chunk,
  event,
  fail,
  finish,
  reasoning,
  refusal,
  text,
  toolCall,
} from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { FunctionTool } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { textLike, textWith } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
const token = await system.token();
const client = clientOf(token);
const stranger = clientOf(await system.token());
const model = 'gpt-scripted';
const lastBody = () => provider.calls.at(-1)?.body;
/** A create with fields that the client's types do not have. */
const create = (fields: object) =>
  client.responses.create({
    model,
    input: 'x',
    ...fields,
  } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
const refusalOf = (code: string, param: string) => ({ constructor: OpenAI.BadRequestError, code, param });

const tool = (name: string): FunctionTool => ({ type: 'function', name, parameters: null, strict: null });
const search = { type: 'mcp', server_label: 'antiphon', require_approval: 'never' } as const;

describe('the fields of a create', () => {
  scenario(['openai-echo', 'openai-provider-fields'], 'are echoed as sent, and passed on', async () => {
    const fields = {
      top_p: 0.5,
      max_output_tokens: 50,
      max_tool_calls: 3,
      truncation: 'auto',
      parallel_tool_calls: false,
      top_logprobs: 2,
      safety_identifier: 'user-1',
      prompt_cache_key: 'key-1',
      user: 'user-2',
      metadata: { a: 'b' },
    };
    const response = await create({
      ...fields,
      reasoning: true,
      text: { verbosity: 'low' },
      modalities: ['text'],
      service_tier: 'flex',
      prompt_cache_retention: '24h',
      stream_options: { include_obfuscation: false },
      unknown_field: 'x',
    });
    expect(response).toMatchObject({
      ...fields,
      reasoning: { effort: 'medium', summary: 'auto' },
      text: { format: { type: 'text' }, verbosity: 'low' },
      // The tier that was used, even if the request names another: the provider reports none.
      service_tier: 'default',
      prompt_cache_retention: '24h',
    });
    expect(lastBody()).toMatchObject({
      verbosity: 'low',
      logprobs: true,
      top_logprobs: 2,
      safety_identifier: 'user-1',
      prompt_cache_key: 'key-1',
      user: 'user-2',
      reasoning_effort: 'medium',
      service_tier: 'flex',
      prompt_cache_retention: '24h',
    });
    provider.script = () => [text('Hi'), event({ service_tier: 'priority', choices: [] })];
    expect(await create({ service_tier: 'auto' })).toMatchObject({ service_tier: 'priority' });
    expect(lastBody()).not.toHaveProperty('service_tier');

    expect(await create({})).toMatchObject({
      max_tool_calls: null,
      truncation: 'disabled',
      top_logprobs: 0,
      safety_identifier: null,
      prompt_cache_key: null,
      reasoning: { effort: null, summary: null },
      text: { format: { type: 'text' } },
    });
  });

  scenario('openai-refused-fields', 'that are not supported are refused by their names', async () => {
    for (const [fields, param] of [
      [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
      [{ tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, 'tools[0].type'],
      [{ tools: [{ type: 'custom', name: 'x' }] }, 'tools[0].type'],
      [{ tool_choice: { type: 'custom', name: 'x' } }, 'tool_choice.type'],
      [{ context_management: [{ type: 'compaction' }] }, 'context_management'],
      [{ modalities: ['audio'] }, 'modalities'],
      [{ include: ['everything'] }, 'include[0]'],
      [{ truncation: 'some' }, 'truncation'],
      [{ max_tool_calls: 0 }, 'max_tool_calls'],
      [{ stop: ['x'] }, 'stop'],
      [{ response_format: { type: 'json_object' } }, 'response_format'],
    ] as const) {
      await expect(create(fields), param).rejects.toMatchObject(refusalOf('invalid_value', param));
    }
  });

  scenario('openai-logprobs', 'request log probabilities', async () => {
    const token = (text: string) => ({ token: text, logprob: -0.25, bytes: [72], top_logprobs: [] });
    provider.script = () =>
      ['Hi', '!'].map((content) => chunk({ delta: { content }, logprobs: { content: [token(content)] } }));
    const streamed: unknown[] = [];
    const stream = client.responses.stream({ model, input: 'x', include: ['message.output_text.logprobs'] });
    stream.on('response.output_text.delta', ({ logprobs }) => streamed.push(...logprobs));
    const response = await stream.finalResponse();
    expect(lastBody()).toMatchObject({ logprobs: true });
    expect(streamed).toEqual([token('Hi'), token('!')]);
    expect(response.output[0]).toMatchObject({ content: [{ logprobs: streamed }] });
  });

  scenario('openai-truncation', 'decide whether a context may be truncated', async () => {
    const input = [
      { role: 'user' as const, content: 'x'.repeat(600_000) },
      { role: 'assistant' as const, content: 'Long.' },
      { role: 'user' as const, content: 'And now?' },
    ];
    await expect(client.responses.create({ model, input })).rejects.toMatchObject(
      refusalOf('context_length_exceeded', 'input'),
    );
    await client.responses.create({ model, input, truncation: 'auto' });
    expect(JSON.stringify(lastBody()?.messages).length).toBeLessThan(1_000);
    expect(provider.calls.at(-1)?.userText).toBe('And now?');
    provider.script = () => [fail(400, { message: 'too long', code: 'context_length_exceeded' })];
    await expect(create({})).rejects.toMatchObject(refusalOf('context_length_exceeded', 'input'));
  });

  scenario('openai-max-tool-calls', 'limit the calls of server tools', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [
            toolCall('google_search', { q: 'a' }, { id: 'a' }),
            toolCall('google_search', { q: 'b' }, { id: 'b', index: 1 }),
          ]
        : [text(toolOutputs[1] ?? '')];
    const response = await client.responses.create({ model, input: 'x', tools: [search], max_tool_calls: 1 });
    expect(response.output_text).toContain('at most 1');
    expect(response.output.map((item) => item.type === 'mcp_call' && item.status)).toEqual([
      'completed',
      'failed',
      false,
    ]);
  });

  scenario('openai-allowed-tools', 'narrow the tools, and are echoed as sent', async () => {
    const tool_choice = {
      type: 'allowed_tools' as const,
      mode: 'required' as const,
      tools: [
        { type: 'mcp', server_label: 'antiphon', name: 'google_search' },
        { type: 'function', name: 'two' },
      ],
    };
    const tools = [tool('one'), tool('two'), search];
    const response = await client.responses.create({ model, input: 'x', tools, tool_choice });
    expect(response.tool_choice).toEqual(tool_choice);
    expect(response.tools.map((entry) => ('name' in entry ? entry.name : entry.type))).toEqual([
      'one',
      'two',
      'mcp',
    ]);
    expect(lastBody()).toMatchObject({ tool_choice: 'required' });
    expect(
      lastBody()
        ?.tools?.map((entry) => entry.function.name)
        .sort(),
    ).toEqual(['google_search', 'two']);
  });

  scenario('openai-tool-choice', 'choose a tool', async () => {
    const tools = [tool('one')];
    const choose = (tool_choice: unknown, fields: object = { tools }) => create({ tool_choice, ...fields });
    for (const [choice, sent] of [
      ['auto', undefined],
      ['required', 'required'],
      ['none', 'none'],
      [
        { type: 'function', name: 'one' },
        { type: 'function', function: { name: 'one' } },
      ],
    ] as const) {
      expect((await choose(choice)).tool_choice).toEqual(choice);
      expect(lastBody()?.tool_choice).toEqual(sent);
    }
    const asked = provider.calls.length;
    for (const [choice, fields] of [
      ['required', {}],
      [{ type: 'function', name: 'two' }, { tools }],
      [{ type: 'function', name: 'two' }, { tools: [search] }],
      [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'two' }] }, { tools }],
    ] as const)
      await expect(choose(choice, fields)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    expect(provider.calls).toHaveLength(asked);

    provider.script = () => [toolCall('one', {})];
    await expect(choose('none')).rejects.toMatchObject({ code: 'max_depth_exceeded' });
  });

  scenario('openai-parallel-tool-calls', 'limit a turn to one call', async () => {
    provider.script = () => [toolCall('one', {}), toolCall('two', {}, { index: 1 })];
    const tools = [tool('one'), tool('two')];
    const { output } = await client.responses.create({
      model,
      input: 'x',
      tools,
      parallel_tool_calls: false,
    });
    expect(output).toMatchObject([{ type: 'function_call', name: 'one' }]);
  });
});

describe('the items of a response', () => {
  scenario('openai-reasoning', 'have the model’s reasoning', async () => {
    provider.script = () => [reasoning('Let me', ' think'), text('Yes')];
    const think = async (reasoning: OpenAI.Reasoning) => {
      const types: string[] = [];
      const stream = client.responses.stream({ model, input: 'x', reasoning });
      for await (const event of stream) types.push(event.type);
      const { id, output } = await stream.finalResponse();
      const [thought] = output;
      expect(output).toMatchObject([{ type: 'reasoning', status: 'completed' }, { type: 'message' }]);
      expect(thought).not.toHaveProperty('encrypted_content');
      const next = await create({ previous_response_id: id });
      const { data } = await client.responses.inputItems.list(next.id);
      expect(data.find(({ type }) => type === 'reasoning')).toEqual(thought);
      return { thought, types: types.slice(3, 8) };
    };
    const plain = await think({ effort: 'low' });
    expect(plain.thought).toMatchObject({
      summary: [],
      content: [{ type: 'reasoning_text', text: 'Let me think' }],
    });
    expect(plain.types).toEqual([
      'response.content_part.added',
      'response.reasoning_text.delta',
      'response.reasoning_text.delta',
      'response.reasoning_text.done',
      'response.content_part.done',
    ]);
    const summed = await think({ effort: 'low', summary: 'auto' });
    expect(summed.thought).toMatchObject({ summary: [{ type: 'summary_text', text: 'Let me think' }] });
    expect(summed.thought).not.toHaveProperty('content');
    expect(summed.types).toEqual([
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
    ]);
  });

  scenario('openai-reasoning-kept', 'have their reasoning sent back to the provider', async () => {
    const isDone = (messages: { role: string }[]) => messages.at(-1)?.role === 'tool';
    provider.script = ({ body }) =>
      isDone(body.messages) ? [text('Done')] : [reasoning('Hm'), toolCall('one', {}, { id: 'call_1' })];
    const tools = [tool('one')];
    const output = { type: 'function_call_output' as const, call_id: 'call_1', output: 'ok' };
    const thought = { role: 'assistant', reasoning_content: 'Hm' };
    const first = await client.responses.create({ model, input: 'x', tools });
    const second = await client.responses.create({
      model,
      previous_response_id: first.id,
      input: [output],
      tools,
    });
    expect(lastBody()?.messages[1]).toMatchObject(thought);
    const { data } = await client.responses.inputItems.list(second.id, { order: 'asc' });
    expect(data.map(({ type }) => type)).toEqual([
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
    ]);
    // After the next user message it is not sent any more.
    provider.script = () => [text('Fine')];
    await create({ previous_response_id: second.id });
    expect(JSON.stringify(lastBody()?.messages)).not.toContain('Hm');

    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [reasoning('Hm'), toolCall('google_search', { q: 'x' })] : [text('Found')];
    await client.responses.create({ model, input: 'x', tools: [search] });
    expect(lastBody()?.messages).toMatchObject([
      { role: 'system' },
      { role: 'user' },
      thought,
      { role: 'tool' },
    ]);
  });

  scenario('openai-encrypted-reasoning', 'have reasoning sealed for a caller that keeps it', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [reasoning('Hm'), toolCall('one', {}, { id: 'call_1' })] : [text('Done')];
    const fields = { tools: [tool('one')], store: false, include: ['reasoning.encrypted_content'] };
    const { output } = await create(fields);
    const [thought, call] = output;
    expect(thought).toMatchObject({ type: 'reasoning', encrypted_content: textLike(/^v1\./) });
    expect(JSON.stringify(thought)).toContain('Hm');
    const context = (reasoningItem: unknown) => [
      { role: 'user', content: 'x' },
      reasoningItem,
      call,
      { type: 'function_call_output', call_id: 'call_1', output: 'ok' },
    ];
    await create({ ...fields, input: context({ ...thought, summary: [] }) });
    expect(lastBody()?.messages[1]).toMatchObject({ reasoning_content: 'Hm' });

    const refused = {
      constructor: OpenAI.BadRequestError,
      code: 'invalid_encrypted_content',
      param: 'input',
    };
    for (const encrypted_content of ['nonsense', 'v1.AAAA'])
      await expect(
        create({ ...fields, input: context({ ...thought, encrypted_content }) }),
      ).rejects.toMatchObject(refused);
    await expect(
      stranger.responses.create({ model, input: context(thought) as OpenAI.Responses.ResponseInput }),
    ).rejects.toMatchObject(refused);
  });

  scenario(['openai-schema-order', 'openai-json-object'], 'are JSON if the request asks for it', async () => {
    const properties = { reasons: { type: 'string' }, a: { type: 'string' } };
    const schema = { type: 'object', properties, required: ['reasons', 'a'], additionalProperties: false };
    const format = { type: 'json_schema', name: 'answer', schema, strict: true };
    const answer = '{"reasons":"r","a":"b"}';
    provider.script = () => [text(answer)];
    for (const background of [false, true]) {
      const { id } = await create({ text: { format }, background });
      await expect.poll(async () => (await client.responses.retrieve(id)).output_text).toBe(answer);
      expect(JSON.stringify(lastBody()?.response_format)).toContain(JSON.stringify(schema));
      const stored = await client.responses.retrieve(id);
      expect(JSON.stringify(stored.text)).toContain(JSON.stringify(schema));
    }
    const object = { text: { format: { type: 'json_object' } } };
    expect(await create(object)).toMatchObject({ output_text: answer });
    provider.script = () => [text('Sure!')];
    await expect(create(object)).rejects.toMatchObject({ code: 'output_invalid' });
  });

  scenario('openai-content', 'are text, images and files in, text and refusals out', async () => {
    provider.script = () => [refusal('I cannot', ' do that')];
    const response = await client.responses.create({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
          ],
        },
      ],
    });
    expect(response.output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I cannot do that' }] }]);
    expect(lastBody()?.messages[0]?.content).toMatchObject([
      { type: 'text' },
      { type: 'image_url', image_url: { detail: 'low' } },
      { type: 'file', file: { filename: 'a.pdf' } },
    ]);
  });

  scenario('openai-file-url', 'may be files by their links', async () => {
    provider.script = () => [text('Read.')];
    const ask = (file_url: string) =>
      client.responses.create({
        model,
        input: [{ role: 'user', content: [{ type: 'input_file', file_url }] }],
      });
    const response = await ask(`${system.web.url}/api/report`);
    expect(response.output_text).toBe('Read.');
    expect(lastBody()?.messages[0]?.content).toMatchObject([
      {
        type: 'file',
        file: {
          filename: 'report',
          file_data: textWith(Buffer.from('{"path":"/api/report"').toString('base64')),
        },
      },
    ]);
    await expect(ask(`${system.web.url}/broken`)).rejects.toMatchObject({
      status: 400,
      message: textWith('could not be fetched'),
    });
  });

  scenario('openai-provider-words', 'may be refused in the provider’s words', async () => {
    const before = provider.calls.length;
    provider.script = () => [
      fail(400, { body: { error: 'prompt too long; exceeded max context length by 9 tokens' } }),
    ];
    await expect(create({})).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    provider.script = () => [fail(429, { code: 'insufficient_quota' })];
    await expect(create({})).rejects.toMatchObject({
      code: 'insufficient_quota',
      message: textWith('operator'),
    });
    expect(provider.calls).toHaveLength(before + 2);
  });

  scenario('openai-incomplete', 'may be incomplete', async () => {
    for (const [reason, expected] of [
      ['length', 'max_output_tokens'],
      ['content_filter', 'content_filter'],
    ] as const) {
      provider.script = () => [text('Half'), finish(reason)];
      const response = await create({});
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: expected },
        output: [{ type: 'message', status: 'incomplete' }],
      });
      const types: string[] = [];
      for await (const event of await client.responses.create({ model, input: 'x', stream: true }))
        types.push(event.type);
      expect(types.at(-1)).toBe('response.incomplete');
    }
  });

  scenario('openai-parallel-calls', 'have output indexes of their own', async () => {
    provider.script = () => [toolCall('one', { a: 1 }), toolCall('two', { b: 2 }, { index: 1 })];
    const added = new Map<string, number>();
    const stream = client.responses.stream({ model, input: 'x', tools: [tool('one'), tool('two')] });
    stream.on('response.output_item.added', ({ item, output_index }) =>
      added.set(item.id ?? '', output_index),
    );
    const { output } = await stream.finalResponse();
    expect([...added.values()]).toEqual([0, 1]);
    expect(output.map((item) => item.type === 'function_call' && item.arguments)).toEqual([
      '{"a":1}',
      '{"b":2}',
    ]);
    expect([...added.keys()]).toEqual(output.map((item) => item.id));
  });
});

describe('the context of a response', () => {
  scenario('openai-missing-output', 'has an output for each call', async () => {
    provider.script = () => [toolCall('one', {}, { id: 'call_1' })];
    const { id } = await client.responses.create({ model, input: 'x', tools: [tool('one')] });
    await expect(create({ previous_response_id: id })).rejects.toMatchObject({
      ...refusalOf('invalid_value', 'input'),
      message: textWith('No tool output found for function call call_1.'),
    });
    const output = (call_id: string) => ({ type: 'function_call_output', call_id, output: 'ok' });
    await expect(
      create({ previous_response_id: id, input: [output('call_1'), output('call_2')] }),
    ).rejects.toMatchObject({ message: textWith('No tool call found') });
    provider.script = () => [text('Done')];
    expect(await create({ previous_response_id: id, input: [output('call_1')] })).toMatchObject({
      output_text: 'Done',
    });
  });

  scenario('openai-previous', 'is its input and its output', async () => {
    const first = await create({ input: 'one', instructions: 'Rhyme' });
    await create({ input: 'two', previous_response_id: first.id });
    expect(lastBody()?.messages).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'two' },
    ]);
    await client.responses.delete(first.id);
    await expect(create({ previous_response_id: first.id })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    const { id } = await create({});
    for (const stream of [false, true])
      await expect(
        stranger.responses.create({ model, input: 'x', previous_response_id: id, stream }),
      ).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        code: 'previous_response_not_found',
      });
    provider.script = () => [text('Half'), fail(400)];
    let failedId = '';
    const fails = async () => {
      for await (const event of await client.responses.create({ model, input: 'x', stream: true }))
        if (event.type === 'response.created') failedId = event.response.id;
    };
    await expect(fails()).rejects.toMatchObject({ code: 'server_error' });
    await expect(create({ previous_response_id: failedId })).rejects.toMatchObject(
      refusalOf('invalid_value', 'previous_response_id'),
    );
  });

  scenario('openai-context-items', 'is listed as a whole', async () => {
    const first = await create({ input: 'one' });
    const { id } = await create({ input: 'two', previous_response_id: first.id, instructions: 'Rhyme' });
    const items = [];
    for await (const item of client.responses.inputItems.list(id, {
      order: 'asc',
      limit: 2,
      include: ['message.input_image.image_url'],
    }))
      items.push(item);
    expect(items).toMatchObject([
      { role: 'system', content: [{ text: 'Rhyme' }] },
      { role: 'user', content: [{ text: 'one' }] },
      { role: 'assistant', content: [{ text: 'Hello there.' }] },
      { role: 'user', content: [{ text: 'two' }] },
    ]);
  });

  scenario('openai-item-reference', 'may be items by their ids', async () => {
    const first = await create({ input: 'one' });
    const input = [
      { type: 'item_reference' as const, id: first.output[0]?.id ?? '' },
      { role: 'user' as const, content: 'two' },
    ];
    await client.responses.create({ model, input });
    expect(lastBody()?.messages).toEqual([
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'two' },
    ]);
    await expect(stranger.responses.create({ model, input })).rejects.toMatchObject(
      refusalOf('invalid_value', 'input'),
    );
  });
});

describe('beside responses', () => {
  scenario('openai-list', 'there are lists of them', async () => {
    const own = clientOf(await system.token());
    const ids: string[] = [];
    for (const project of ['x', 'y', 'x'])
      ids.unshift((await own.responses.create({ model, input: 'x', metadata: { project } })).id);
    interface List {
      data: { id: string }[];
      has_more: boolean;
      last_id: string;
    }
    const list = (query: string) => own.get<List>(`/responses?${query}`);
    expect((await list('')).data.map(({ id }) => id)).toEqual(ids);
    const page = await list('limit=2');
    expect([page.data.length, page.has_more]).toEqual([2, true]);
    expect((await list(`limit=2&after=${page.last_id}`)).data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await list('metadata[project]=x&order=asc')).data.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect((await list(`status=completed&model=${model}`)).data).toHaveLength(3);
    expect((await list('status=failed')).data).toEqual([]);
    await expect(list('status=done')).rejects.toMatchObject(refusalOf('invalid_value', 'status'));
    await expect(list('after=resp_unknown')).rejects.toMatchObject(refusalOf('invalid_value', 'after'));
  });

  scenario('openai-count', 'input tokens are counted without an answer', async () => {
    const asked = provider.calls.length;
    const { id } = await create({ input: 'one' });
    const count = async (fields: object) =>
      (await client.responses.inputTokens.count({ model, ...fields })).input_tokens;
    const few = await count({ input: 'Hello' });
    expect(few).toBeGreaterThan(0);
    expect(await count({ input: 'Hello '.repeat(100) })).toBeGreaterThan(few + 100);
    expect(await count({ input: 'Hello', previous_response_id: id })).toBeGreaterThan(few);
    expect(await count({ input: 'Hello', tools: [tool('one')] })).toBeGreaterThan(few);
    expect(await client.responses.inputTokens.count()).toEqual({
      object: 'response.input_tokens',
      input_tokens: 0,
    });
    expect(provider.calls).toHaveLength(asked + 1);
  });

  scenario('openai-compact', 'contexts are compacted', async () => {
    const first = await create({ input: 'My name is Ada' });
    provider.script = () => [text('The user is called Ada.')];
    const compacted = await client.responses.compact({
      model,
      previous_response_id: first.id,
      input: 'Nice!',
    });
    expect(compacted).toMatchObject({
      id: textLike(/^resp_/),
      object: 'response.compaction',
      output: [
        { type: 'message', role: 'user', content: [{ text: 'My name is Ada' }] },
        { type: 'message', role: 'user', content: [{ text: 'Nice!' }] },
        { type: 'compaction', id: textLike(/^cmp_/) },
      ],
      usage: { input_tokens: 10, output_tokens: 5 },
    });
    expect(JSON.stringify(compacted)).not.toContain('is called Ada');

    const input = [
      ...compacted.output,
      { role: 'user', content: 'Who am I?' },
    ] as OpenAI.Responses.ResponseInput;
    await client.responses.create({ model, input });
    expect(JSON.stringify(lastBody()?.messages)).toContain('The user is called Ada.');
    await expect(stranger.responses.create({ model, input })).rejects.toMatchObject(
      refusalOf('invalid_value', 'input'),
    );
    provider.script = () => [fail(400, { message: 'no' })];
    await expect(client.responses.compact({ model, input: 'x' })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
  });

  scenario('openai-late-cancel', 'a late cancel is refused', async () => {
    const { id } = await create({});
    await expect(client.responses.cancel(id)).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'invalid_request',
    });
  });

  scenario('openai-no-retry', 'errors forbid retries once tools ran', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [fail(401)];
    await expect(client.responses.create({ model, input: 'x', tools: [search] })).rejects.toSatisfy(
      (error: InstanceType<typeof OpenAI.APIError>) => error.headers?.get('x-should-retry') === 'false',
    );
  });
});
