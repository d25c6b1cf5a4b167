import { text } from '@antiphon/service-kit/testing';
import type { Response } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, promptSystem } from './prompt-system.ts';

const { provider, create, client, messagesOf } = await promptSystem();

describe('the form of an answer', () => {
  const output_schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const messages = [{ role: 'user', content: 'Where is {{ thing }}?' }];
  const prompt = (id: string) => ({ id, variables: { thing: 'the tower' } });

  scenario('prompts-output', 'is requested until it fits', async () => {
    const answers = ['In Paris.', '{"town":"Paris"}', '{"city":"Paris"}'];
    let asked = 0;
    provider.script = () => [text(answers[asked++ % 3] ?? '')];
    const id = await create({ messages, output_schema });
    const response = await client.responses.create({ prompt: prompt(id) });
    expect(response).toMatchObject({
      status: 'completed',
      output_text: '{"city":"Paris"}',
      usage: { total_tokens: 45 },
      metadata: {
        output_attempts: '3',
        output_rejection_1: textWith('not valid JSON'),
        output_rejection_2: textWith('city is required'),
      },
      text: { format: { type: 'json_schema', schema: output_schema } },
    });
    expect(messagesOf()).toMatchObject([
      { role: 'user', content: 'Where is the tower?' },
      { role: 'assistant', content: 'In Paris.' },
      { role: 'user', content: textWith('not valid JSON') },
      { role: 'assistant', content: '{"town":"Paris"}' },
      { role: 'user', content: textWith('city is required') },
    ]);

    // A stream has every attempt; its end equals the stored response.
    const stream = client.responses.stream({ prompt: prompt(id) });
    const done: string[] = [];
    stream.on('event', (event) => {
      if (event.type === 'response.output_item.done' && event.item.type === 'message')
        done.push(event.item.status);
    });
    const streamed = await stream.finalResponse();
    expect(done).toEqual(['incomplete', 'incomplete', 'completed']);
    expect(streamed.output_text).toBe('{"city":"Paris"}');
    const { _request_id: _, ...stored } = await client.responses.retrieve(streamed.id);
    expect(stored).toMatchObject({ output: streamed.output.map(({ id: itemId }) => ({ id: itemId })) });

    // A rejected answer is not part of a later turn.
    await client.responses.create({ model, input: 'Thanks', previous_response_id: response.id });
    expect(messagesOf()?.map(({ content }) => content)).toEqual([
      'Where is the tower?',
      '{"city":"Paris"}',
      'Thanks',
    ]);
  });

  scenario('prompts-output', 'fails the run in the end', async () => {
    provider.script = () => [text('In Paris.')];
    const id = await create({ messages, output_schema, retry_limit: 1 });
    const callsBefore = provider.calls.length;
    await expect(client.responses.create({ prompt: prompt(id) })).rejects.toMatchObject({
      status: 422,
      code: 'output_invalid',
      message: textWith('not valid JSON'),
    });
    expect(provider.calls.length - callsBefore).toBe(2);

    const stream = await client.responses.create({ prompt: prompt(id), stream: true });
    const read = async () => {
      for await (const event of stream) expect(event.type).not.toBe('response.completed');
    };
    await expect(read()).rejects.toMatchObject({
      code: 'server_error',
      error: { reason: 'output_invalid' },
      message: textWith('not valid JSON'),
    });

    let task: Response = await client.responses.create({ prompt: prompt(id), background: true });
    await expect.poll(async () => (task = await client.responses.retrieve(task.id)).status).toBe('failed');
    expect(task).toMatchObject({
      error: { code: 'server_error', reason: 'output_invalid' },
      metadata: { output_attempts: '2' },
    });
  });

  scenario('prompts-output', 'keeps the rules of the prompt', async () => {
    const answers = ['Far too long an answer', 'Brief'];
    provider.script = () => [text(answers.shift() ?? '')];
    const id = await create({
      messages,
      validation_rules: [{ target: 'output', schema: { maxLength: 10 }, message: 'ten characters at most' }],
    });
    const response = await client.responses.create({ prompt: prompt(id) });
    expect(response.output_text).toBe('Brief');
    expect(response.metadata).toMatchObject({ output_rejection_1: 'ten characters at most' });
  });

  scenario('output-format', 'is checked once if the request has a schema', async () => {
    const format = { type: 'json_schema' as const, name: 'place', schema: output_schema, strict: true };
    const ask = () => client.responses.create({ model, input: 'Where?', text: { format } });
    provider.script = () => [text('{"city":"Paris"}')];
    expect((await ask()).output_text).toBe('{"city":"Paris"}');
    provider.script = () => [text('{"city":1}')];
    const callsBefore = provider.calls.length;
    await expect(ask()).rejects.toMatchObject({ status: 422, code: 'output_invalid' });
    expect(provider.calls.length - callsBefore).toBe(1);
    await expect(
      client.responses.create({
        model,
        input: 'x',
        text: { format: { ...format, schema: { type: 'strin' } } },
      }),
    ).rejects.toMatchObject({ status: 400, param: 'text.format.schema' });
  });
});
