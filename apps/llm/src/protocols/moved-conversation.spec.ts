import { functionCall, type Item, type JsonObject, type JsonValue } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { output, said, tool } from './__fixtures__/conversation.ts';
import { bodyOf, targetOf, type Upstream, upstreams } from './__fixtures__/upstreams.ts';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';

/** Providers that have their own form of call ids, beside one of each API. */
const providers: Readonly<Record<string, Upstream>> = {
  ...upstreams,
  OpenAI: { ...theUpstream('chat completions'), model: 'gpt-4o', preset: 'openai' },
  'a proxy in front of OpenAI': {
    ...theUpstream('chat completions'),
    model: 'openai/gpt-4.1',
    preset: 'litellm',
  },
  vLLM: { ...theUpstream('chat completions'), model: 'Qwen/Qwen3-8B', preset: 'vllm' },
  Mistral: { ...theUpstream('chat completions'), model: 'mistral-large-latest', preset: 'mistral' },
  'Mistral at Bedrock': { ...theUpstream('Bedrock Converse'), model: 'mistral.mistral-large-2407-v1:0' },
};

/** The ids that calls may have at a provider. */
const forms: Readonly<Record<string, RegExp>> = {
  'OpenAI Responses': /^.{1,64}$/,
  'Anthropic Messages': /^[a-zA-Z0-9_-]{1,64}$/,
  'Bedrock Converse': /^[a-zA-Z0-9_-]{1,64}$/,
  OpenAI: /^.{1,40}$/,
  'a proxy in front of OpenAI': /^.{1,40}$/,
  Mistral: /^[a-zA-Z0-9]{9}$/,
  'Mistral at Bedrock': /^[a-zA-Z0-9]{9}$/,
};

function theUpstream(name: string): Upstream {
  const upstream = upstreams[name];
  if (upstream === undefined) throw new Error(`no upstream ${name}`);
  return upstream;
}

/** A call with its output, as its caller has them. */
function exchange(callId: string, own?: { provider: string; callId: string }): Item[] {
  const origin = own && { provider: own.provider, extraContent: {}, callId: own.callId };
  const call = functionCall({ id: 'fc', callId, name: 'look', executor: 'client', arguments: '{}' });
  return [{ ...call, ...(origin && { origin }) }, output(callId, 'the sea')];
}

/** The ids of calls and of outputs that a request has, in their order. */
function idsIn(body: JsonValue): { calls: string[]; outputs: string[] } {
  const found: { calls: string[]; outputs: string[] } = { calls: [], outputs: [] };
  const visit = (value: JsonValue): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    const {
      type,
      role,
      id,
      call_id: callId,
      tool_use_id: useId,
      tool_call_id: toolCallId,
      toolUseId,
    } = value;
    if (type === 'function_call') found.calls.push(textOf(callId));
    else if (type === 'function_call_output') found.outputs.push(textOf(callId));
    else if (type === 'tool_use') found.calls.push(textOf(id));
    else if (type === 'tool_result') found.outputs.push(textOf(useId));
    else if (role === 'tool') found.outputs.push(textOf(toolCallId));
    else if (toolUseId !== undefined)
      ('input' in value ? found.calls : found.outputs).push(textOf(toolUseId));
    else if (typeof id === 'string' && 'function' in value) found.calls.push(id);
    else if (typeof id === 'string' && 'args' in value) found.calls.push(id);
    else if (typeof id === 'string' && 'response' in value) found.outputs.push(id);
    Object.values(value).forEach(visit);
  };
  visit(body);
  return found;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function bodyAt(name: string, items: Item[]): JsonObject {
  const upstream = providers[name];
  if (upstream === undefined) throw new Error(`no provider ${name}`);
  const request = modelRequest('', { model: upstream.model, items, tools: [tool('look')] });
  return JSON.parse(upstream.protocol.turn(request, targetOf(upstream, name)).body) as JsonObject;
}

/** A signature of a proxy in an id, which callers see as a short one. */
const long = `call_${'s'.repeat(700)}`;

/** A conversation that was at a provider of each form: vLLM, Mistral, a proxy with long ids, Kimi, a model that counts anew, and Mistral again. */
const history: Item[] = [
  said('user', 'Look around.'),
  ...exchange('chatcmpl-tool-0123456789abcdef0123456789abcdef'),
  said('user', 'Again.'),
  ...exchange('Ab3dE6gH9'),
  said('user', 'Again.'),
  ...exchange('call_shortened', { provider: 'vLLM', callId: long }),
  said('user', 'Again.'),
  ...exchange('functions.look:0'),
  said('user', 'Again.'),
  ...exchange('call_0'),
  said('user', 'Again.'),
  ...exchange('call_0'),
  said('user', 'Again.'),
  ...exchange('Zz3dE6gH8'),
  ...exchange('c'.repeat(128)),
];

describe('a conversation that has moved between providers', () => {
  it.each(Object.keys(providers))('has call ids in the form of %s, each with its output', (name) => {
    const { calls, outputs } = idsIn(bodyAt(name, history));
    expect(calls).toHaveLength(8);
    expect(outputs).toEqual(calls);
    for (const id of calls) if (id !== long) expect(id).toMatch(forms[name] ?? /./);
    // An equal beginning has equal bytes, with every further turn.
    expect(
      idsIn(bodyAt(name, [...history, said('user', 'More.'), ...exchange('later')])).calls.slice(0, 8),
    ).toEqual(calls);
  });

  it.each(['Mistral', 'Mistral at Bedrock'])('keeps the ids that %s made', (name) => {
    const { calls } = idsIn(bodyAt(name, history));
    expect(calls[1]).toBe('Ab3dE6gH9');
    expect(calls[6]).toBe('Zz3dE6gH8');
    expect(new Set(calls).size).toBeGreaterThanOrEqual(7);
  });

  it.each(['Anthropic Messages', 'Bedrock Converse', 'Mistral at Bedrock'])(
    'has each id once at %s',
    (name) => {
      expect(new Set(idsIn(bodyAt(name, history)).calls).size).toBe(8);
    },
  );

  it('has the long id at the proxy that made it, and the short one elsewhere', () => {
    expect(idsIn(bodyAt('vLLM', history)).calls[2]).toBe(long);
    for (const name of Object.keys(providers).filter((other) => other !== 'vLLM'))
      expect(JSON.stringify(bodyAt(name, history))).not.toContain('sssss');
  });
});

describe('arguments that a model of another provider broke', () => {
  const broken = ['{"at":"s', '[1]', ' ', '{"at": 1.0}'];
  const items = broken.flatMap((args, place) => [
    functionCall({ id: 'fc', callId: `call_${place}`, name: 'look', executor: 'client', arguments: args }),
    output(`call_${place}`, 'no'),
  ]);

  it.each(Object.keys(providers))('are an object at %s', (name) => {
    const sent: unknown[] = [];
    JSON.parse(JSON.stringify(bodyAt(name, [said('user', 'Look.'), ...items])), (key, value: unknown) => {
      if (['arguments', 'args', 'input'].includes(key) && !Array.isArray(value))
        sent.push(typeof value === 'string' ? JSON.parse(value) : value);
      return value;
    });
    expect(sent).toEqual([
      { unreadable_arguments: '{"at":"s' },
      { unreadable_arguments: '[1]' },
      {},
      { at: 1 },
    ]);
  });

  it('stay as they are where they are an object', () => {
    expect(JSON.stringify(bodyAt('vLLM', [said('user', 'Look.'), ...items]))).toContain('{\\"at\\": 1.0}');
  });
});

describe('thoughts', () => {
  /** What each API gives back, with a secret that only its account may see. */
  const thoughts: Readonly<Record<string, Item & { type: 'reasoning' }>> = {
    'OpenAI Responses': thoughtOf('OpenAI Responses', {
      details: [
        { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'secret of OpenAI Responses' },
      ],
    }),
    'chat completions': thoughtOf('chat completions', {
      field: 'reasoning_content',
      details: [{ type: 'reasoning.encrypted', data: 'secret of chat completions' }],
    }),
    'Anthropic Messages': thoughtOf('Anthropic Messages', {
      details: [{ type: 'thinking', thinking: 'hm', signature: 'secret of Anthropic Messages' }],
    }),
    Gemini: thoughtOf('Gemini', {
      details: [{ thoughtSignature: 'secret of Gemini', thought: true, text: 'hm' }],
    }),
    'Bedrock Converse': thoughtOf('Bedrock Converse', {
      details: [{ reasoningText: { text: 'hm', signature: 'secret of Bedrock Converse' } }],
    }),
    Ollama: { ...thoughtOf('Ollama', {}), text: 'secret of Ollama' },
  };

  function thoughtOf(provider: string, origin: object): Item & { type: 'reasoning' } {
    return { type: 'reasoning', id: 'rs', text: 'hm', status: 'completed', origin: { provider, ...origin } };
  }

  it.each(Object.keys(upstreams))(
    'of every account go to the account of %s only if they are its own',
    (name) => {
      for (const [from, thought] of Object.entries(thoughts)) {
        const items = [said('user', 'Look.'), thought, ...exchange('call_1')];
        const sent = JSON.stringify(bodyOf(name, { items, tools: [tool('look')] }));
        expect(sent.includes(`secret of ${from}`)).toBe(from === name);
        for (const detail of from === name && from !== 'Gemini' ? (thought.origin?.details ?? []) : [])
          expect(sent).toContain(JSON.stringify(detail));
      }
    },
  );
});

it('sends encrypted thoughts to no model of OpenAI that does not reason', () => {
  const thought: Item = {
    type: 'reasoning',
    id: 'rs',
    text: '',
    status: 'completed',
    origin: {
      provider: 'OpenAI Responses',
      details: [{ id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'sealed' }],
    },
  };
  const items = [said('user', 'Look.'), thought, ...exchange('call_1')];
  expect(JSON.stringify(bodyOf('OpenAI Responses', { items }))).toContain('sealed');
  expect(JSON.stringify(bodyOf('OpenAI Responses', { items, model: 'gpt-4o' }))).not.toContain('sealed');
});

describe('the cache key', () => {
  const settings = { promptCacheKey: 'session-1' };

  it.each([
    ['OpenAI', true],
    ['OpenAI Responses', true],
    ['a proxy in front of OpenAI', true],
    ['vLLM', true],
    ['Mistral', false],
    ['chat completions', false],
    ['Anthropic Messages', false],
    ['Gemini', false],
    ['Bedrock Converse', false],
    ['Ollama', false],
  ])('is sent to %s: %s', (name, isSent) => {
    const upstream = providers[name] ?? theUpstream(name);
    const request = modelRequest('Hi', { model: upstream.model, settings });
    const { body } = upstream.protocol.turn(request, targetOf(upstream, name));
    expect((JSON.parse(body) as JsonObject)['prompt_cache_key']).toBe(isSent ? 'session-1' : undefined);
  });
});
