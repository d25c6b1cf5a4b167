import { chunk, event, fail, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { model, openaiSystem, refusalOf, search, tool } from './openai-system.ts';

const { create, lastBody, provider, client } = await openaiSystem();

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
      [{ tools: [{ type: 'time_travel' }] }, 'tools[0].type'],
      [{ tools: [{ type: 'programmatic_tool_calling' }] }, 'tools[0].type'],
      [{ tool_choice: { type: 'custom', name: 'x' } }, 'tool_choice.name'],
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
