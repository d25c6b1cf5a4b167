import {
  Agent,
  OpenAIConversationsSession,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
} from '@openai/agents';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { textLike } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
const token = await system.token();
const client = clientOf(token);
const otherClient = clientOf(await system.token());
const model = 'gpt-scripted';

const user = (content: string) => ({ role: 'user' as const, content });
const lastMessages = () => provider.calls.at(-1)?.body.messages.map(({ role, content }) => [role, content]);

async function itemsOf(id: string): Promise<OpenAI.Conversations.ConversationItem[]> {
  const items: OpenAI.Conversations.ConversationItem[] = [];
  for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 2 })) items.push(item);
  return items;
}

describe('a conversation', () => {
  scenario('openai-conversations', 'is created, read, changed and deleted', async () => {
    const made = await client.conversations.create({ metadata: { topic: 'x' }, items: [user('Hello')] });
    expect(made).toMatchObject({
      id: textLike(/^conv_/),
      object: 'conversation',
      metadata: { topic: 'x' },
      created_at: expect.any(Number) as number,
    });
    expect(await client.conversations.retrieve(made.id)).toMatchObject({
      id: made.id,
      metadata: { topic: 'x' },
    });
    expect(await client.conversations.update(made.id, { metadata: { topic: 'y' } })).toMatchObject({
      metadata: { topic: 'y' },
    });
    await expect(otherClient.conversations.retrieve(made.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(otherClient.conversations.delete(made.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(await client.conversations.delete(made.id)).toMatchObject({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    await expect(client.conversations.retrieve(made.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.responses.create({ model, input: 'x', conversation: made.id })).rejects.toMatchObject(
      { constructor: OpenAI.NotFoundError, param: 'conversation' },
    );
    expect(await client.conversations.create()).toMatchObject({ metadata: {} });
  });

  scenario('openai-conversation-unknown', 'is 404 if it is unknown', async () => {
    for (const conversation of ['conv_mistyped', 'support-chat', 'conv_000000000000000000000000000000'])
      for (const stream of [false, true])
        await expect(
          client.responses.create({ model, input: 'x', conversation, stream }),
        ).rejects.toMatchObject({ constructor: OpenAI.NotFoundError, param: 'conversation' });
  });

  scenario('openai-conversation-items', 'has items that are added, listed, read and deleted', async () => {
    const { id } = await client.conversations.create({ items: [user('one')] });
    const added = await client.conversations.items.create(id, {
      items: [user('two'), { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }],
    });
    expect(added).toMatchObject({
      object: 'list',
      has_more: false,
      data: [{ role: 'user' }, { type: 'function_call' }],
    });
    const items = await itemsOf(id);
    expect(items).toMatchObject([{ role: 'user' }, { role: 'user' }, { type: 'function_call' }]);
    expect((await client.conversations.items.list(id)).data.map((item) => item.id)).toEqual(
      items.map((item) => item.id).reverse(),
    );
    const [first] = items;
    const itemId = first?.id ?? '';
    expect(await client.conversations.items.retrieve(itemId, { conversation_id: id })).toEqual(
      expect.objectContaining(first),
    );
    expect(await client.conversations.items.delete(itemId, { conversation_id: id })).toMatchObject({ id });
    await expect(client.conversations.items.retrieve(itemId, { conversation_id: id })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    expect(await itemsOf(id)).toHaveLength(2);

    await expect(otherClient.conversations.items.list(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(
      client.conversations.items.create(id, { items: Array.from({ length: 21 }, () => user('x')) }),
    ).rejects.toMatchObject({ constructor: OpenAI.BadRequestError, param: 'items' });
    await expect(client.conversations.items.list(id, { after: 'msg_none' })).rejects.toMatchObject({
      param: 'after',
    });
  });

  scenario('openai-conversation-turns', 'is continued, and grows by each turn', async () => {
    const { id } = await client.conversations.create({ items: [user('My name is Ada')] });
    const response = await client.responses.create({ model, input: 'Hello', conversation: id });
    expect(response.conversation).toEqual({ id });
    expect(await itemsOf(id)).toMatchObject([
      { content: [{ text: 'My name is Ada' }] },
      { content: [{ text: 'Hello' }] },
      { role: 'assistant', content: [{ text: 'Hello there.' }] },
    ]);
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [text('Found.')];
    const stream = client.responses.stream({
      model,
      input: 'Search',
      conversation: { id },
      tools: [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }],
    });
    await stream.finalResponse();
    // The model reads a sentence before the output of a tool.
    expect(lastMessages()?.slice(1, 5)).toEqual([
      ['user', 'My name is Ada'],
      ['user', 'Hello'],
      ['assistant', 'Hello there.'],
      ['user', 'Search'],
    ]);
    const call = (await itemsOf(id)).find((item) => item.type === 'mcp_call');
    expect(call).toMatchObject({ name: 'google_search', status: 'completed' });
    await client.conversations.items.delete(call?.id ?? '', { conversation_id: id });
    expect((await itemsOf(id)).map((item) => item.type)).toEqual(Array.from({ length: 5 }, () => 'message'));

    // Deleted items are missing from later turns; unstored responses add none.
    provider.script = () => [text('Hello', ' there', '.')];
    await client.responses.delete(response.id);
    await client.responses.create({ model, input: 'Aside', conversation: id, store: false });
    await client.responses.create({ model, input: 'Last', conversation: id });
    expect(lastMessages()).toEqual([
      ['user', 'My name is Ada'],
      ['user', 'Search'],
      ['assistant', 'Found.'],
      ['user', 'Last'],
    ]);
  });

  scenario('openai-conversation-lock', 'has one run at a time', async () => {
    const { id } = await client.conversations.create();
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    provider.script = () => [wait(released), text('Done')];
    const asked = provider.call(provider.calls.length);
    const running = client.responses.create({ model, input: 'one', conversation: id });
    await asked;
    for (const fields of [{}, { stream: true }, { background: true }]) {
      await expect(
        client.responses.create({ model, input: 'two', conversation: id, ...fields }),
      ).rejects.toMatchObject({
        constructor: OpenAI.ConflictError,
        code: 'conversation_locked',
        param: 'conversation',
      });
    }
    const jan = await fetch(`${system.url}/responses/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'two', conversation: id }),
    });
    expect(jan.status).toBe(409);
    release();
    expect((await running).output_text).toBe('Done');
    expect(await client.responses.create({ model, input: 'two', conversation: id })).toMatchObject({
      status: 'completed',
    });
    expect(await itemsOf(id)).toHaveLength(4);
  });

  scenario('openai-session', 'keeps the session of an agent', async () => {
    setTracingDisabled(true);
    const session = new OpenAIConversationsSession({ client: client as never });
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: client as never }) });
    const agent = new Agent({ name: 'Helper', instructions: 'Be kind', model });
    await runner.run(agent, 'My name is Ada', { session });
    const { finalOutput } = await runner.run(agent, 'Who am I?', { session });
    expect(finalOutput).toBe('Hello there.');
    expect(lastMessages()).toEqual([
      ['system', 'Be kind'],
      ['user', 'My name is Ada'],
      ['assistant', 'Hello there.'],
      ['user', 'Who am I?'],
    ]);
    expect(await session.getItems()).toHaveLength(4);
    await session.popItem();
    expect(await session.getItems()).toHaveLength(3);
    await session.clearSession();
  });
});
