import { fail, finish, reasoning, refusal, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, openaiSystem, search, tool } from './openai-system.ts';

const { provider, client, create, lastBody, otherClient, system } = await openaiSystem();

describe('the items of a response', () => {
  scenario('openai-reasoning', 'include the reasoning of the model', async () => {
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

  scenario('openai-reasoning-kept', 'carry reasoning that goes back to the provider', async () => {
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
    // Reasoning from before the last user message is not sent.
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

  scenario(
    'openai-encrypted-reasoning',
    'carry sealed reasoning for a caller that keeps the context',
    async () => {
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
        otherClient.responses.create({ model, input: context(thought) as OpenAI.Responses.ResponseInput }),
      ).rejects.toMatchObject(refused);
    },
  );

  scenario(
    ['openai-schema-order', 'openai-json-object'],
    'are JSON where the request sets a format',
    async () => {
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
    },
  );

  scenario(
    'openai-content',
    'are text, images and files in inputs, text and refusals in outputs',
    async () => {
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
      expect(response.output).toMatchObject([
        { content: [{ type: 'refusal', refusal: 'I cannot do that' }] },
      ]);
      expect(lastBody()?.messages[0]?.content).toMatchObject([
        { type: 'text' },
        { type: 'image_url', image_url: { detail: 'low' } },
        { type: 'file', file: { filename: 'a.pdf' } },
      ]);
    },
  );

  scenario('openai-file-url', 'may be links to files', async () => {
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

  scenario(
    'openai-provider-words',
    'are refused with a standard code where the provider has words of its own',
    async () => {
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
    },
  );

  scenario('openai-incomplete', 'are incomplete where the answer is cut off', async () => {
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

  scenario('openai-parallel-calls', 'of parallel calls have output indexes of their own', async () => {
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
