import { fail, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { FunctionTool, Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { chunksOf } from '../clients/chunks.ts';
import { anyString, textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
const token = await system.token();
const client = clientOf(token);
const model = 'gpt-scripted';

const weatherTool: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

describe('the stock client', () => {
  scenario('openai-create', 'creates a response', async () => {
    const response = await client.responses.create({
      model,
      input: 'Say hello',
      instructions: 'Be kind',
      temperature: 0.2,
    });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model,
      output_text: 'Hello there.',
      instructions: 'Be kind',
      temperature: 0.2,
      error: null,
      incomplete_details: null,
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello there.', annotations: [] }],
        },
      ],
    });
    expect(response.created_at).toSatisfy(Number.isInteger);
    // Without tools in the request the model is offered none.
    expect(provider.calls.at(-1)?.body.tools ?? []).toEqual([]);
  });

  scenario('openai-retrieve', 'retrieves a response', async () => {
    const created = await client.responses.create({ model, input: 'Say hello', metadata: { project: 'x' } });
    const { _request_id: _created, ...answered } = created;
    const { _request_id: _retrieved, ...stored } = await client.responses.retrieve(created.id);
    expect(stored).toEqual(answered);
  });

  scenario('openai-delete', 'deletes a response', async () => {
    const { id } = await client.responses.create({ model, input: 'Say hello' });
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const raw = await fetch(
      `${system.url}/v1/responses/${(await client.responses.create({ model, input: 'x' })).id}`,
      {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      },
    );
    expect([raw.status, await raw.json()]).toEqual([
      200,
      { id: textLike(/^resp_/), object: 'response', deleted: true },
    ]);
  });

  scenario('openai-input-items', 'lists the input items in pages', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await client.responses.create({ model, input });
    const texts: string[] = [];
    for await (const item of client.responses.inputItems.list(id, { limit: 2, order: 'asc' })) {
      expect(item).toMatchObject({ type: 'message', role: 'user' });
      texts.push(JSON.stringify(item));
    }
    expect(texts.map((item) => /one|two|three/.exec(item)?.[0])).toEqual(['one', 'two', 'three']);
    const page = await client.responses.inputItems.list(id, { limit: 2 });
    expect([page.data.length, page.has_more]).toEqual([2, true]);
  });

  scenario('openai-stream', 'reads a stream to its end', async () => {
    const events: ResponseStreamEvent[] = [];
    const stream = client.responses.stream({ model, input: 'Say hello' });
    for await (const event of stream) events.push(event);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe('Hello there.');

    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const last = events.at(-1) as { response: Response };
    const { _request_id, output_text: _text, ...stored } = await client.responses.retrieve(final.id);
    expect(stored).toEqual(last.response);
  });

  scenario('openai-frames', 'gets whole frames, and comments in silence', async () => {
    const goOn = Promise.withResolvers<void>();
    const words = Array.from({ length: 40 }, (_, index) => `word${index} `);
    provider.script = () => [text(...words), wait(goOn.promise), text('x'.repeat(10_000))];
    const chunks = await chunksOf(`${system.url}/v1/responses`, {
      token,
      body: { model, input: 'Many words', stream: true },
      onChunk: (chunk) => chunk.startsWith(':') && goOn.resolve(),
    });
    for (const chunk of chunks)
      expect(chunk).toMatch(/^(?:event: [\w.]+\ndata: \{[^\n]+\}\n\n|data: \[DONE\]\n\n|:[^\n]*\n\n)+$/);
    const frames = [...chunks.join('').matchAll(/^event: (.+)\ndata: (.+)$/gm)];
    for (const [, name, data = ''] of frames) expect((JSON.parse(data) as { type: string }).type).toBe(name);
    expect(frames.filter(([, name]) => name === 'response.output_text.delta').length).toBeGreaterThan(1);
    expect(chunks.some((chunk) => chunk.startsWith(':'))).toBe(true);
    expect(chunks.at(-1)).toMatch(/data: \[DONE\]\n\n$/);
  });

  scenario('openai-stream', 'gets the error of a failed stream', async () => {
    provider.script = () => [fail(400, { message: 'too long' })];
    const types: string[] = [];
    let id = '';
    const read = async () => {
      for await (const event of await client.responses.create({ model, input: 'x', stream: true })) {
        types.push(event.type);
        if (event.type === 'response.created') id = event.response.id;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'invalid_prompt', message: textWith('too long') });
    expect(types).toEqual(['response.created', 'response.in_progress']);
    expect(await client.responses.retrieve(id)).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_prompt', reason: 'invalid_prompt', message: textWith('too long') },
    });
  });

  scenario('openai-functions', 'gets a function call and continues with its output', async () => {
    provider.script = ({ body }) =>
      body.messages.at(-1)?.role === 'tool'
        ? [text(`It is ${String(body.messages.at(-1)?.content)}.`)]
        : [toolCall('get_weather', { city: 'Paris' }, { id: 'call_paris' })];
    const first = await client.responses.create({ model, input: 'Weather in Paris?', tools: [weatherTool] });
    expect(first).toMatchObject({
      status: 'completed',
      completed_at: expect.any(Number) as number,
      output: [
        {
          type: 'function_call',
          call_id: 'call_paris',
          name: 'get_weather',
          arguments: '{"city":"Paris"}',
          status: 'completed',
        },
      ],
      tools: [{ type: 'function', name: 'get_weather', strict: true }],
    });
    const second = await client.responses.create({
      model,
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: 'call_paris', output: 'sunny' }],
      tools: [weatherTool],
    });
    expect(second).toMatchObject({ output_text: 'It is sunny.', previous_response_id: first.id });
    expect(provider.calls.at(-1)?.body.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
    ]);

    // The same in a stream: the arguments arrive in pieces.
    let json = '';
    const stream = client.responses.stream({ model, input: 'Weather in Paris?', tools: [weatherTool] });
    stream.on('response.function_call_arguments.delta', ({ delta }) => (json += delta));
    const streamed = await stream.finalResponse();
    expect(json).toBe('{"city":"Paris"}');
    expect(streamed.output[0]).toMatchObject({ type: 'function_call', name: 'get_weather', arguments: json });
  });

  scenario('openai-create', "lets the server run its own tools, as an MCP server's", async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [text('Found.')];
    const response = await client.responses.create({
      model,
      input: 'Search',
      tools: [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }],
    });
    expect(response.output_text).toBe('Found.');
    expect(response.output.map(({ type }) => type)).toEqual(expect.arrayContaining(['mcp_call', 'message']));
  });

  scenario('openai-errors', 'throws its own errors', async () => {
    await expect(client.responses.retrieve('resp_00000000000000000000000000')).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      status: 404,
      code: 'not_found',
      requestID: anyString,
    });
    await expect(clientOf('sk_wrong').responses.create({ model, input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.AuthenticationError,
      status: 401,
      type: 'authentication_error',
      code: 'invalid_api_key',
    });
    await expect(client.responses.create({ model, input: 'x', temperature: 3 })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      type: 'invalid_request_error',
      param: 'temperature',
    });
    await expect(client.responses.create({ input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'missing_required_parameter',
      param: 'model',
    });
    await expect(client.responses.create({ model: 'no-such-model', input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'invalid_model',
      param: 'model',
    });
    provider.script = () => [fail(429, { headers: { 'retry-after': '60' } })];
    await expect(client.responses.create({ model, input: 'x' })).rejects.toMatchObject({
      constructor: OpenAI.RateLimitError,
      code: 'rate_limit_exceeded',
    });
    provider.script = () => [fail(401)];
    await expect(client.responses.create({ model, input: 'x' })).rejects.toBeInstanceOf(
      OpenAI.InternalServerError,
    );
  });

  scenario('openai-background', 'runs a response in the background', async () => {
    const queued = await client.responses.create({ model, input: 'x', background: true });
    expect(queued.status).toBe('queued');
    await expect
      .poll(async () => (await client.responses.retrieve(queued.id)).status, { interval: 25 })
      .toBe('completed');
    expect((await client.responses.retrieve(queued.id)).output_text).toBe('Hello there.');

    provider.script = () => [text('Half'), wait(new Promise(() => {}))];
    const asked = provider.call(provider.calls.length);
    const running = await client.responses.create({ model, input: 'x', background: true });
    await asked;
    expect((await client.responses.cancel(running.id)).status).toBe('cancelled');
    expect((await client.responses.retrieve(running.id)).status).toBe('cancelled');
  });
});
