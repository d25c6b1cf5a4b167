import { functionCall, type Item, type ModelDelta } from '@antiphon/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { headerKey } from '../../providers/auth/authorizer.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import type { HttpProvider, HttpProviderOptions } from '../../providers/http-provider.ts';
import * as answers from './__fixtures__/answers.ts';
import { output, said as message } from '../__fixtures__/conversation.ts';
import { itemsOf } from '../__fixtures__/read-answer.ts';
import { addUp } from './__fixtures__/play.ts';
import { StrictGemini } from './__fixtures__/strict-server.ts';
import { gemini } from './index.ts';

const said = (text: string) => message('user', text);

type Changes = Parameters<typeof modelRequest>[1];

const never = new AbortController().signal;
const tool = {
  name: 'weather',
  description: 'Of a city',
  parameters: {
    type: 'object',
    properties: { city: { $ref: '#/$defs/City' }, days: { oneOf: [{ const: 1 }, { const: 2 }] } },
    $defs: { City: { type: 'string', pattern: '^[A-Z]' } },
    required: ['city'],
  },
  strict: null,
};

let server: StrictGemini;
let connected: HttpProvider[];

beforeEach(async () => {
  connected = [];
  server = await StrictGemini.start();
});

afterEach(async () => {
  for (const provider of connected) await provider.close();
  await server.stop();
});

function connect(path = '/v1beta', options: Partial<HttpProviderOptions> = {}): HttpProvider {
  const provider = connectTo(`${server.origin}${path}`, {
    protocol: gemini,
    authorizer: headerKey('x-goog-api-key', 'key'),
    title: 'Google',
    ...options,
  });
  connected.push(provider);
  return provider;
}

function ask(provider: HttpProvider, changes: Changes = {}): Promise<ModelDelta[]> {
  return answerTo(provider, modelRequest('Hi', { model: 'gemini-3-pro-preview', ...changes }));
}

const paths = {
  'Google AI': '/v1beta',
  'Vertex AI': '/v1/projects/p/locations/eu',
  'Vertex AI with its publisher': '/v1/projects/p/locations/eu/publishers/google',
};

describe.each(Object.entries(paths))('a conversation at %s', (_name, path) => {
  it('goes on after parallel calls, with every signature back at its part', async () => {
    const provider = connect(path);
    server.answers.push(answers.parallelCalls, answers.thoughtAndText, answers.signedText);
    const items: Item[] = [said('How is the weather?')];
    const first = await ask(provider, { items, tools: [tool] });
    items.push(...itemsOf(first));
    for (const { id } of addUp(first).calls) items.push(output(id, 'sun'));
    const second = await ask(provider, { items, tools: [tool] });
    expect(addUp(second).text).toBe('Blau 🌊, denke ich.');
    items.push(...itemsOf(second), said('And now?'));
    await ask(provider, { items, tools: [tool] });

    const contents = server.calls[2]?.body['contents'];
    expect(contents).toMatchObject([
      { role: 'user' },
      {
        parts: [
          { text: 'I look at both.' },
          { functionCall: { name: 'weather', args: { city: 'Köln' } }, thoughtSignature: 'c2lnLWNhbGw=' },
          { functionCall: { name: 'weather', args: { city: 'Rom', days: 2 } } },
        ],
      },
      { parts: [{ functionResponse: { response: { output: 'sun' } } }, { functionResponse: {} }] },
      { parts: [{ text: 'Blau 🌊, denke ich.' }, { text: '', thoughtSignature: 'c2lnLXRleHQ=' }] },
      { parts: [{ text: 'And now?' }] },
    ]);
    // The same beginning has the same bytes, which Google's implicit caching needs.
    const [before, after] = server.calls.slice(1).map(({ body }) => body['contents'] as object[]);
    expect(JSON.stringify(after?.slice(0, 3))).toBe(JSON.stringify(before));
  });

  it('of another provider is continued', async () => {
    server.answers.push(answers.signedText);
    const call = (callId: string) =>
      functionCall({
        ...{ id: 'fc', callId, name: 'weather', executor: 'client', arguments: '{"city":"Bern"}' },
        origin: { provider: 'other.example', extraContent: { signature: 'x' }, callId: `toolu_${callId}` },
      });
    const items: Item[] = [
      message('system', 'Be kind'),
      message('assistant', 'Hello'),
      said('How is the weather?'),
      {
        ...{ type: 'reasoning', id: 'rs', text: 'Hm.', status: 'completed' },
        origin: {
          provider: 'other.example',
          details: [{ type: 'thinking', thinking: 'Hm.', signature: 'y' }],
        },
      },
      call('a'),
      call('b'),
      call('c'),
      output('b', 'rain'),
      output('a', 'sun'),
      said('And?'),
      message('developer', 'Answer in short'),
    ];
    const { text } = addUp(await ask(connect(path), { items, tools: [tool], toolChoice: 'none' }));
    expect(text).toBe('One. Two. Three.');
    expect(JSON.stringify(server.calls[0]?.body)).not.toContain('Hm.');
  });
});

it('a history of one account is accepted by another one, which does not see its signatures', async () => {
  server.answers.push(answers.parallelCalls, answers.signedText);
  const first = await ask(connect('/v1beta', { account: 'one' }), { tools: [tool] });
  const items = [said('Hi'), ...itemsOf(first), ...addUp(first).calls.map(({ id }) => output(id, 'sun'))];
  await ask(connect('/v1beta', { account: 'two' }), { items, tools: [tool] });
  expect(JSON.stringify(server.calls[1]?.body)).not.toContain('c2lnLWNhbGw=');
});

it.each(['gemini-3-pro-preview', 'gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-2.0-flash', 'gemma-3-27b-it'])(
  '%s accepts a request with every setting',
  async (model) => {
    server.answers.push(answers.signedText);
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/definitions/A' } },
      definitions: { A: { const: 1 } },
    };
    await ask(connect(), {
      model,
      instructions: 'Be kind',
      tools: [tool, { ...tool, name: '2nd', parameters: null }],
      toolChoice: { name: '2nd' },
      chatFields: { stop: ['END'], seed: 1, top_k: 4, logit_bias: {}, chat_template_kwargs: {} },
      settings: {
        ...{ temperature: 1, topP: 0.5, presencePenalty: 0.5, frequencyPenalty: 0.5, maxOutputTokens: 50 },
        ...{ parallelToolCalls: false, reasoningEffort: 'none', reasoningSummary: 'auto', verbosity: 'low' },
        ...{ user: 'u', safetyIdentifier: 's', promptCacheKey: 'k', serviceTier: 'flex', topLogprobs: 3 },
        textFormat: { type: 'json_schema', name: 'x', description: 'y', schema, strict: true },
      },
    });
    expect(server.calls).toHaveLength(1);
  },
);

it('an answer that no client reads is requested as one body', async () => {
  server.answers.push([
    { candidates: [{ content: { parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }], modelVersion: 'm' },
  ]);
  const deltas = await ask(connect('/v1beta', { streams: 'when_read' }), { gather: true });
  expect(addUp(deltas).text).toBe('Hello');
  expect(server.calls[0]?.method).toBe('generateContent');
});

it('a model may be given with its path, and no name leads to another path', async () => {
  const provider = connect();
  server.answers.push(answers.signedText);
  await ask(provider, { model: 'models/gemini-3-pro-preview' });
  expect(server.calls[0]?.path).toBe('/v1beta/models/gemini-3-pro-preview:streamGenerateContent');
  for (const model of ['../../v1/projects/x', 'publishers/../../secret', 'a?b=c#d']) {
    server.answers.push(answers.signedText);
    await ask(provider, { model });
    expect(server.calls.at(-1)?.path).toBe(
      `/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent`,
    );
  }
});

it('the service tier of Vertex AI is a header', async () => {
  server.answers.push(answers.signedText, answers.signedText);
  const provider = connect('/v1/projects/p/locations/eu');
  await ask(provider, { settings: { serviceTier: 'flex' } });
  await ask(provider, { settings: { serviceTier: 'default' } });
  expect(server.calls.map(({ headers }) => headers['x-vertex-ai-llm-shared-request-type'])).toEqual([
    'flex',
    undefined,
  ]);
});

it('models that generate, embed or make images are listed', async () => {
  expect(await connect().listModels(never)).toEqual([
    { id: 'gemini-3-pro-preview', createdAt: 0 },
    { id: 'gemini-embedding-001', createdAt: 0 },
    { id: 'imagen-4', createdAt: 0 },
  ]);
});

describe('an error', () => {
  it('about the request has its sentence', async () => {
    const error: unknown = await ask(connect(), {
      model: 'gemini-3-pro-preview',
      items: [said('Hi'), functionCall({ id: 'f', callId: 'a', name: 'é', executor: 'client' })],
      tools: [{ ...tool, name: 'é' }],
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'model_refused' });
    expect(isTransient(error)).toBe(false);
  });

  it('about the model is an unknown model', async () => {
    await expect(ask(connect(), { model: 'gemini-none' })).rejects.toMatchObject({
      code: 'model_not_found',
      param: 'model',
    });
  });

  it("about the operator's key says nothing else", async () => {
    const provider = connect('/v1beta', { authorizer: headerKey('x-goog-api-key', 'wrong') });
    await expect(ask(provider)).rejects.toMatchObject({
      code: 'model_error',
      message: "The provider Google did not accept this server's credentials",
    });
  });

  it('about a schema names its path before anything is sent', async () => {
    const parameters = { type: 'object', properties: { a: { not: {} } } };
    expect(() => connect().stream(modelRequest('Hi', { tools: [{ ...tool, parameters }] }), never)).toThrow(
      expect.objectContaining({
        code: 'model_refused',
        param: 'tools[0].parameters.properties.a.not',
      }) as Error,
    );
    expect(server.calls).toHaveLength(0);
  });
});
