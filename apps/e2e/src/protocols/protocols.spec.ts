import OpenAI from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { image } from '../servers/web.ts';
import { sharedSystem } from '../system/system.ts';
import {
  anthropicClient,
  anthropicTools,
  dialectClients,
  functions,
  type Outcome,
  type Question,
  toolNames,
} from './dialect-clients.ts';
import { ProviderFront } from './provider-front.ts';
import { type Upstream, upstreams } from './upstreams.ts';

const system = await sharedSystem();
const fronts = new Map<string, ProviderFront>();
const ends: (() => Promise<void>)[] = [];
const token = await system.token();
/** A caller for each provider: a guest's runs at the same time are limited. */
const callers = await Promise.all(
  upstreams.map(async (upstream) => ({
    upstream,
    dialects: dialectClients(system.url, await system.token()),
  })),
);

beforeAll(async () => {
  const entries = await Promise.all(
    upstreams.map(async (upstream) => {
      const { name, model, faults } = upstream;
      const server = await upstream.start();
      const front = await ProviderFront.start(server.url, faults);
      fronts.set(name, front);
      ends.push(() => front.stop(), server.stop);
      return `  - { name: ${name}, models: ["${model}"], ${upstream.entry(front.url)} }\n`;
    }),
  );
  await system.useProviders(`providers:\n${entries.join('')}`);
});

afterAll(async () => {
  await system.useProviders();
  await Promise.all(ends.map((end) => end()));
});

const modelOf = ({ name, model }: Upstream) => `${name}/${model}`;

/** The outcomes of a question to each provider in each dialect, plain and streamed, by provider, dialect and form. */
async function ask(input: string, hasTools = false): Promise<Record<string, Outcome>> {
  const asked = callers.flatMap(({ upstream, dialects }) =>
    dialects.flatMap((dialect) =>
      [false, true].map(async (isStreamed): Promise<[string, Outcome]> => {
        const name = `${upstream.name} ${dialect.name} ${isStreamed ? 'streamed' : 'plain'}`;
        const question: Question = { model: modelOf(upstream), input, hasTools, isStreamed };
        return [name, await dialect.ask(question)];
      }),
    ),
  );
  return Object.fromEntries(await Promise.all(asked));
}

const said = /^(It is done\.|Answer \d+)$/;
const bothCalls = toolNames.map((name) => `${name}(url=${system.web.url}/api/${name})`).join(' and ');

scenario('protocol-dialects', 'a text', async () => {
  for (const [name, outcome] of Object.entries(await ask('Say it with no calls.')))
    expect(outcome, name).toMatchObject({ status: 'completed', text: textLike(said), calls: [] });
});

scenario('protocol-dialects', 'two parallel calls with their outputs', async () => {
  const outcomes = await ask(`Run ${bothCalls}.`, true);
  for (const [name, { calls, ...outcome }] of Object.entries(outcomes)) {
    expect(outcome, name).toMatchObject({ status: 'completed', text: textLike(said) });
    expect(calls.toSorted(), name).toEqual(toolNames);
  }
  // Of each dialect and form, a turn with the calls and one with their outputs.
  for (const front of fronts.values()) expect(front.about(bothCalls)).toHaveLength(20);
});

scenario('protocol-failures', 'a context that is too long', async () => {
  for (const [name, { status, error }] of Object.entries(await ask('please overflow'))) {
    expect(['failed', 'error'], name).toContain(status);
    expect(error, name).toMatch(/maximum|context (window|length)|too long/);
    if (/ (openai|codex) /.test(name)) expect(error, name).toContain('"code":"context_length_exceeded"');
  }
});

scenario('protocol-failures', 'an answer without content', async () => {
  for (const [name, { status, error, text }] of Object.entries(await ask('please send nothing'))) {
    expect(['failed', 'error'], name).toContain(status);
    expect(error, name).toContain('ended its answer without any content');
    expect(text, name).toBe('');
  }
});

scenario('protocol-failures', 'a stream that breaks off', async () => {
  for (const [name, { status, error }] of Object.entries(await ask('please cut, with no calls'))) {
    expect(['failed', 'error'], name).toContain(status);
    expect(error, name).toMatch(/The connection to the provider \w+ broke/);
  }
});

const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0, logLevel: 'off' });
const eachUpstream = (check: (upstream: Upstream, front: ProviderFront) => Promise<void>) =>
  Promise.all(
    upstreams.map((upstream) => check(upstream, fronts.get(upstream.name) ?? expect.unreachable())),
  );

scenario('protocol-continued', 'thoughts return to their account alone, the calls to any', async () => {
  await eachUpstream(async (upstream, front) => {
    const tag = `from-${upstream.name}`;
    const asked = await client.responses.create({
      model: modelOf(upstream),
      input: `Run ${bothCalls} ${tag}`,
      tools: functions,
      reasoning: { effort: 'low', summary: 'auto' },
    });
    const calls = asked.output.filter((item) => item.type === 'function_call');
    expect(calls.map(({ name }) => name)).toEqual(toolNames);
    const [, thought = expect.unreachable()] = upstream.thought.exec(front.about(tag)[0]?.reply ?? '') ?? [];
    await Promise.all(
      upstreams.map(async (next) => {
        const continued = await client.responses.create({
          model: modelOf(next),
          previous_response_id: asked.id,
          input: calls.map(({ call_id }, place) => ({
            type: 'function_call_output',
            call_id,
            output: `output ${place}`,
          })),
          tools: functions,
          reasoning: { effort: 'low', summary: 'auto' },
        });
        const name = `${upstream.name} to ${next.name}`;
        expect(continued, name).toMatchObject({ status: 'completed', output_text: textLike(said) });
        const sent = fronts.get(next.name)?.about(tag).at(-1)?.request ?? '';
        expect(sent.includes(thought), name).toBe(next === upstream);
        for (const part of [...toolNames, 'output 0', 'output 1']) expect(sent, name).toContain(part);
      }),
    );
  });
});

scenario('protocol-continued', 'also where the client keeps the conversation', async () => {
  const anthropic = anthropicClient(system.url, token);
  const fields = {
    max_tokens: 8_000,
    thinking: { type: 'enabled' as const, budget_tokens: 2_048 },
    tools: anthropicTools,
  };
  await eachUpstream(async (upstream, front) => {
    const tag = `kept-from-${upstream.name}`;
    const question = { role: 'user' as const, content: `Run ${bothCalls} ${tag}` };
    const { content } = await anthropic.messages.create({
      model: modelOf(upstream),
      messages: [question],
      ...fields,
    });
    const [, thought = expect.unreachable()] = upstream.thought.exec(front.about(tag)[0]?.reply ?? '') ?? [];
    const results = content.flatMap((block) =>
      block.type === 'tool_use' ? { type: 'tool_result' as const, tool_use_id: block.id, content: '42' } : [],
    );
    expect(results).toHaveLength(2);
    await Promise.all(
      upstreams.map(async (next) => {
        const continued = await anthropic.messages.create({
          model: modelOf(next),
          messages: [question, { role: 'assistant', content }, { role: 'user', content: results }],
          ...fields,
        });
        const name = `${upstream.name} to ${next.name}`;
        expect(continued.content, name).toContainEqual(
          expect.objectContaining({ type: 'text', text: textLike(said) }),
        );
        const sent = fronts.get(next.name)?.about(tag).at(-1)?.request ?? '';
        expect(sent.includes(thought), name).toBe(next === upstream);
      }),
    );
  });
});

scenario('protocol-continued', 'and where it keeps the items of unstored responses', async () => {
  const fields = {
    store: false,
    include: ['reasoning.encrypted_content' as const],
    tools: functions,
    reasoning: { effort: 'low' as const },
  };
  await eachUpstream(async (upstream, front) => {
    const tag = `unstored-from-${upstream.name}`;
    const question = { role: 'user' as const, content: `Run ${bothCalls} ${tag}` };
    const { output } = await client.responses.create({
      model: modelOf(upstream),
      input: [question],
      ...fields,
    });
    const [, thought = expect.unreachable()] = upstream.thought.exec(front.about(tag)[0]?.reply ?? '') ?? [];
    const outputs = output.flatMap((item) =>
      item.type === 'function_call'
        ? { type: 'function_call_output' as const, call_id: item.call_id, output: '42' }
        : [],
    );
    const other = upstreams[(upstreams.indexOf(upstream) + 1) % upstreams.length] ?? upstream;
    for (const next of [upstream, other]) {
      // The stock client types some items of an answer and of an input apart.
      const kept = output as OpenAI.Responses.ResponseInputItem[];
      const continued = await client.responses.create({
        model: modelOf(next),
        input: [question, ...kept, ...outputs],
        ...fields,
      });
      const name = `${upstream.name} to ${next.name}`;
      expect(continued, name).toMatchObject({ status: 'completed', output_text: textLike(said) });
      const sent = fronts.get(next.name)?.about(tag).at(-1)?.request ?? '';
      expect(sent.includes(thought), name).toBe(next === upstream);
    }
  });
});

scenario('protocol-usage', 'tokens by kind', async () => {
  await eachUpstream(async (upstream) => {
    const { usage } = await client.responses.create({ model: modelOf(upstream), input: 'With no calls' });
    const { input, cached, output, reasoning } = upstream.usage;
    expect(usage, upstream.name).toMatchObject({
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + output,
    });
  });
});

scenario('protocol-formats', 'an answer by a schema', async () => {
  const schema = {
    type: 'object',
    properties: { port: { type: 'string' } },
    required: ['port'],
    additionalProperties: false,
  };
  await eachUpstream(async (upstream) => {
    const { output_text: text } = await client.responses.create({
      model: modelOf(upstream),
      input: 'Which port?',
      text: { format: { type: 'json_schema', name: 'port', schema, strict: true } },
    });
    expect(JSON.parse(text), upstream.name).toEqual({ port: 'Brest' });
  });
});

scenario(
  'protocol-links',
  'an image behind a link is sent as bytes where the API takes no links',
  async () => {
    const link = `${system.web.url}/image.png`;
    await eachUpstream(async (upstream, front) => {
      const tag = `picture for ${upstream.name}`;
      const content = [
        { type: 'input_text' as const, text: `With no calls: ${tag}` },
        { type: 'input_image' as const, image_url: link, detail: 'auto' as const },
      ];
      const input = [{ role: 'user' as const, content }];
      const { status } = await client.responses.create({ model: modelOf(upstream), input });
      expect(status, upstream.name).toBe('completed');
      const sent = front.about(tag).at(-1)?.request ?? '';
      expect([sent.includes(link), sent.includes(image.toString('base64'))], upstream.name).toEqual([
        upstream.followsLinks,
        !upstream.followsLinks,
      ]);
    });
  },
);

scenario('protocol-prefixes', 'requests that differ in a word differ in that word only', async () => {
  await eachUpstream(async (upstream, front) => {
    const create = (word: string, previous?: string) =>
      client.responses.create({
        model: modelOf(upstream),
        instructions: `You are ${upstream.name}.`,
        input: `With no calls: ${word}`,
        tools: functions,
        ...(previous !== undefined && { previous_response_id: previous }),
      });
    const begun = await create('begin');
    await Promise.all([create('left-hand', begun.id), create('right-hand', begun.id)]);
    const [left = '', right = ''] = ['left-hand', 'right-hand'].map((word) =>
      front.about(word).at(-1)?.request.replaceAll(word, 'word'),
    );
    expect(left, upstream.name).toContain('begin');
    expect(left, upstream.name).toBe(right);
    expect(left.indexOf(toolNames[0]), upstream.name).toBeLessThan(left.indexOf(toolNames[1]));
  });
});

scenario('protocol-chat', 'chat completions, plain and streamed, with tools', async () => {
  const tools = functions.map(({ type, ...described }) => ({ type, function: described }));
  await eachUpstream(async (upstream) => {
    const question = (content: string) => ({
      model: modelOf(upstream),
      messages: [{ role: 'user' as const, content }],
      tools,
    });
    const plain = await client.chat.completions.create(question('Say it with no calls.'));
    expect(plain.choices[0]?.message.content, upstream.name).toMatch(said);
    const called = await client.chat.completions.create(question(`Run ${bothCalls}`));
    const calls = called.choices[0]?.message.tool_calls ?? [];
    expect(called.choices[0]?.finish_reason, upstream.name).toBe('tool_calls');
    expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual(toolNames);
    const outputs = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: '42' }));
    const { messages } = question(`Run ${bothCalls}`);
    const stream = client.chat.completions.stream({
      ...question(''),
      messages: [...messages, { role: 'assistant', tool_calls: calls }, ...outputs],
    });
    expect(await stream.finalContent(), upstream.name).toMatch(said);
  });
});

scenario('protocol-embeddings', 'embeddings, or a refusal where the API has none', async () => {
  await eachUpstream(async (upstream) => {
    const embedded = client.embeddings.create({ model: modelOf(upstream), input: ['a', 'b'] });
    if (upstream.embeds) expect((await embedded).data.map(({ index }) => index)).toEqual([0, 1]);
    else
      await expect(embedded, upstream.name).rejects.toMatchObject({
        status: 404,
        message: textWith('embeds'),
      });
  });
});
