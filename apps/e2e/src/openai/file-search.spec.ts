import { text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { MessagesServer } from '../servers/messages-server.ts';
import { model, openaiSystem } from './openai-system.ts';

const { system, provider, client, otherClient } = await openaiSystem();

const messages = await MessagesServer.start();
let storeId = '';
beforeAll(async () => {
  const claude = `{ name: claude, preset: anthropic, base_url: "${messages.url}", api_key: key, models: [claude-sonnet-4-5] }`;
  await system.useProviders(`providers:\n  - ${claude}\n`);

  ({ id: storeId } = await client.vectorStores.create({}));
  for (const [name, content, river] of [
    ['nile.txt', 'The Nile is 6650 km long.', 'nile'],
    ['rhine.txt', 'The Rhine is 1230 km long.', 'rhine'],
  ] as const) {
    const { id } = await client.files.create({
      file: await toFile(Buffer.from(content), name),
      purpose: 'assistants',
    });
    await client.vectorStores.files.createAndPoll(
      storeId,
      { file_id: id, attributes: { river } },
      { pollIntervalMs: 50 },
    );
  }
});
afterAll(async () => {
  await system.useProviders();
  await messages.stop();
});

const asked = { name: 'file_search', arguments: { queries: ['Nile long'] } };
/** The answer of the model, with the mark of the first source of the output and an unknown one. */
const answerTo = (output: string) =>
  `It is long ${/【[a-z0-9]{4}-1】/.exec(output)?.[0]}, I think 【zzzz-9】.`;

/** Two protocols, whose models search once and then answer. */
const upstreams = [
  {
    api: 'chat completions',
    model,
    play() {
      provider.script = ({ toolOutputs: [output] }) =>
        output === undefined ? [toolCall(asked.name, asked.arguments)] : [text(answerTo(output))];
    },
  },
  {
    api: 'messages',
    model: 'claude/claude-sonnet-4-5',
    play() {
      messages.script = ({ messages: said }) => {
        const output = /【[a-z0-9]{4}-1】/.exec(JSON.stringify(said))?.[0];
        const call = { type: 'tool_use' as const, id: 'toolu_1', name: asked.name, input: asked.arguments };
        return output === undefined
          ? { content: [call], stop_reason: 'tool_use' }
          : { content: [{ type: 'text', text: answerTo(output) }], stop_reason: 'end_turn' };
      };
    },
  },
];

describe.each(upstreams)('over $api', (upstream) => {
  const fields = () => ({
    model: upstream.model,
    input: 'How long is the Nile?',
    tools: [
      {
        type: 'file_search' as const,
        vector_store_ids: [storeId],
        filters: { type: 'eq' as const, key: 'river', value: 'nile' },
        max_num_results: 3,
        ranking_options: { ranker: 'auto' as const, score_threshold: 0 },
      },
    ],
  });

  scenarioOfProcesses('openai-file-search', 'the model searches, and cites files', async () => {
    upstream.play();
    const response = await client.responses.create({
      ...fields(),
      include: ['file_search_call.results'],
    });
    expect(response.output_text).toBe('It is long, I think.');
    expect(response.tools).toEqual(fields().tools);
    const [call, message] = response.output;
    expect(call).toMatchObject({
      type: 'file_search_call',
      status: 'completed',
      queries: ['Nile long'],
      results: [
        {
          filename: 'nile.txt',
          score: 1,
          attributes: { river: 'nile' },
          text: 'The Nile is 6650 km long.',
        },
      ],
    });
    if (call?.type !== 'file_search_call') throw new Error(`the model called ${call?.type}`);
    const file_id = call.results?.[0]?.file_id;
    expect(file_id).toMatch(/^file_/);
    const citation = { type: 'file_citation', file_id, filename: 'nile.txt', index: 10 };
    expect(message).toMatchObject({ content: [{ annotations: [citation] }] });

    const again = await client.responses.create({
      ...fields(),
      store: false,
      input: [
        { role: 'user', content: 'How long is the Nile?' },
        ...(response.output as OpenAI.Responses.ResponseInput),
        { role: 'user', content: 'Sure?' },
      ],
    });
    expect(again.status).toBe('completed');
  });

  scenarioOfProcesses('openai-file-search', 'its stream has the phases and the citation', async () => {
    upstream.play();
    const stream = client.responses.stream(fields());
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types.filter((type) => /file_search|annotation/.test(type))).toEqual([
      'response.file_search_call.in_progress',
      'response.file_search_call.searching',
      'response.file_search_call.completed',
      'response.output_text.annotation.added',
    ]);
    expect((await stream.finalResponse()).output[0]).toMatchObject({
      type: 'file_search_call',
      results: null,
    });
  });
});

scenarioOfProcesses('openai-file-search', 'an unknown store, or that of another caller, is 404', async () => {
  const create = (by: OpenAI, id: string) =>
    by.responses.create({
      model,
      input: 'x',
      tools: [{ type: 'file_search', vector_store_ids: [id] }],
    });
  for (const [by, id] of [
    [client, 'vs_unknown'],
    [otherClient, storeId],
  ] as const)
    await expect(create(by, id)).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      message: textWith('There is no vector store'),
    });
  await expect(
    client.responses.create({ model, input: 'x', tools: [{ type: 'file_search', vector_store_ids: [] }] }),
  ).rejects.toMatchObject({ constructor: OpenAI.BadRequestError, param: 'tools[0].vector_store_ids' });
});
