import { Agent, hostedMcpTool, OpenAIProvider, Runner, setTracingDisabled } from '@openai/agents';
import type { ResponseInputItem, ResponseStreamEvent, Tool } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { anyString, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { approve, callsFirst, itemsOf, mcpSystem, model, write } from './mcp-system.ts';

const { provider, client, notes, outside, clientOf, system } = await mcpSystem();

describe('approval', () => {
  scenario(
    ['mcp-approval', 'mcp-approval-answer'],
    'is required by default; approved calls run, and the model reads which were denied',
    async () => {
      provider.script = callsFirst(write('one'), write('two'));
      const asked = await client.responses.create({ model, input: 'Write', tools: [notes()] });
      const requests = itemsOf(asked, 'mcp_approval_request');
      expect(asked.status).toBe('completed');
      expect(requests).toEqual([
        {
          id: anyString,
          type: 'mcp_approval_request',
          server_label: 'notes',
          name: 'write_note',
          arguments: '{"text":"one"}',
        },
        {
          id: anyString,
          type: 'mcp_approval_request',
          server_label: 'notes',
          name: 'write_note',
          arguments: '{"text":"two"}',
        },
      ]);
      const [one, two] = requests;
      if (!one || !two) throw new Error('two requests were asked for');

      const answered = await client.responses.create({
        model,
        previous_response_id: asked.id,
        tools: [notes()],
        input: [approve(one.id), { ...approve(two.id, false), reason: 'One is enough.' }],
      });
      expect(outside.written).toEqual(['one']);
      expect(answered.output).toMatchObject([
        { type: 'mcp_call', approval_request_id: one.id, output: 'wrote one', status: 'completed' },
        {
          type: 'mcp_call',
          approval_request_id: two.id,
          output: null,
          status: 'failed',
          error: { type: anyString },
        },
        { type: 'message' },
      ]);
      expect(answered.output_text).toBe('wrote one | User rejected the tool call: One is enough.');
      const messages = provider.calls.at(-1)?.body.messages ?? [];
      expect(messages.flatMap(({ tool_calls }) => tool_calls ?? [])).toHaveLength(2);
      expect(await client.responses.retrieve(asked.id)).toMatchObject({
        status: 'completed',
        output: asked.output,
      });

      const repeated = client.responses.create({
        ...{ model, previous_response_id: asked.id, tools: [notes()] },
        input: [approve(one.id), approve(two.id)],
      });
      await expect(repeated).rejects.toMatchObject({ status: 400, message: textWith('already decided') });
    },
  );

  scenario('mcp-approval', 'can be required by tool', async () => {
    provider.script = callsFirst(write('three'), ['notes__read_note', { name: 'c' }]);
    const tools = [notes({ require_approval: { never: { tool_names: ['read_note'] } } })];
    const { output } = await client.responses.create({ model, input: 'Both', tools });
    expect(output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_call', 'mcp_approval_request']);
  });

  scenario('mcp-approval-stream', 'is an item of a stream, and its decision runs in a stream', async () => {
    provider.script = callsFirst(write('streamed'));
    const events: ResponseStreamEvent[] = [];
    const stream = client.responses.stream({ model, input: 'Write', tools: [notes()] });
    for await (const event of stream) events.push(event);
    const asked = await stream.finalResponse();
    const [request] = itemsOf(asked, 'mcp_approval_request');
    const requests = events.filter(
      (event) =>
        (event.type === 'response.output_item.added' || event.type === 'response.output_item.done') &&
        event.item.type === 'mcp_approval_request',
    );
    expect(requests).toMatchObject([
      { type: 'response.output_item.added', item: request },
      { type: 'response.output_item.done', item: request },
    ]);
    expect(asked).toEqual(
      await client.responses
        .retrieve(asked.id)
        .then(({ _request_id: _, ...rest }) => ({ ...rest, output_parsed: null })),
    );

    const second = client.responses.stream({
      ...{ model, tools: [notes()], previous_response_id: asked.id },
      input: [approve(request?.id ?? '')],
    });
    const types: string[] = [];
    for await (const { type } of second) types.push(type);
    expect(types.slice(0, 7)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.mcp_call.in_progress',
      'response.mcp_call_arguments.delta',
      'response.mcp_call_arguments.done',
      'response.mcp_call.completed',
    ]);
    expect((await second.finalResponse()).output_text).toBe('wrote streamed');
  });

  scenario('mcp-approval-once', 'is decided once, for all calls of the response, by its owner', async () => {
    provider.script = callsFirst(write('race'), write('other'));
    const tools = [notes()];
    const asked = await client.responses.create({ model, input: 'Write', tools });
    const [one, two] = itemsOf(asked, 'mcp_approval_request').map(({ id }) => id);
    if (!one || !two) throw new Error('two requests were asked for');
    const answer = (input: ResponseInputItem[], by = client) =>
      by.responses.create({ model, previous_response_id: asked.id, tools, input });
    await expect(answer([approve(one)])).rejects.toMatchObject({ status: 400, message: textWith(two) });
    await expect(answer([approve(one), approve(two), approve('fc_none')])).rejects.toMatchObject({
      status: 400,
    });
    await expect(answer([{ role: 'user', content: 'Never mind' }])).rejects.toMatchObject({ status: 400 });
    await expect(answer([approve(one), approve(two)], clientOf(await system.token()))).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
    });
    const both = await Promise.allSettled([
      answer([approve(one), approve(two)]),
      answer([approve(one), approve(two)]),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { status: 400 } });
    expect(outside.written.filter((words) => words === 'race')).toHaveLength(1);
  });

  scenario('mcp-approval-background', 'is required in the background, too', async () => {
    provider.script = callsFirst(write('behind'));
    const ended = async (id: string) => {
      await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe('completed');
      return client.responses.retrieve(id);
    };
    const background = { model, tools: [notes()], background: true };
    const asked = await ended((await client.responses.create({ ...background, input: 'Write' })).id);
    const [request] = itemsOf(asked, 'mcp_approval_request');
    const input = [approve(request?.id ?? '')];
    const next = await client.responses.create({ ...background, previous_response_id: asked.id, input });
    expect((await ended(next.id)).output_text).toBe('wrote behind');
  });

  scenario('mcp-approval-own', 'can be required for the server’s own tools', async () => {
    provider.script = callsFirst(['current_time', {}]);
    const own: Tool.Mcp = {
      ...{ type: 'mcp', server_label: 'antiphon', allowed_tools: ['current_time'] },
      require_approval: 'always',
    };
    const asked = await client.responses.create({ model, input: 'Time', tools: [own] });
    const [request] = itemsOf(asked, 'mcp_approval_request');
    expect(request).toMatchObject({ server_label: 'antiphon', name: 'current_time' });
    const input = [approve(request?.id ?? '')];
    const next = await client.responses.create({
      model,
      tools: [own],
      previous_response_id: asked.id,
      input,
    });
    expect(itemsOf(next, 'mcp_call')).toMatchObject([{ name: 'current_time', status: 'completed' }]);
  });

  scenario('mcp-agents-sdk', 'is requested and given by the Agents SDK', async () => {
    setTracingDisabled(true);
    const runner = new Runner({
      modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: true }),
    });
    provider.script = callsFirst(write('agent'));
    const tool = hostedMcpTool({ serverLabel: 'notes', serverUrl: outside.url, requireApproval: 'always' });
    const agent = new Agent({ name: 'Writer', model, tools: [tool] });
    let result = await runner.run(agent, 'Write');
    expect(result.interruptions).toHaveLength(1);
    for (const interruption of result.interruptions) result.state.approve(interruption);
    result = await runner.run(agent, result.state);
    expect(result.finalOutput).toBe('wrote agent');
  });
});
