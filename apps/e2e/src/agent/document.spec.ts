import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@antiphon/tools/repository';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { type Body, agentSystem, json } from './agent-system.ts';

const { create, createResponse, system } = await agentSystem();

// The document's models belong to other platforms: they get the default one.
beforeAll(() => system.restart('llm', { UNKNOWN_MODELS: 'default' }));
afterAll(() => system.restart('llm'));

function fixture(name: string): Body {
  const path = join(repositoryRoot, 'libs/dialects/src/agent/__fixtures__', `${name}.request.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Body;
}

async function newConversation(): Promise<string> {
  return (await createResponse({ input: 'Begin', disable_cache: true })).conversation_id;
}

describe('the document', () => {
  const examples = [
    'basic-string-input-1-simple-string-input',
    'basic-string-input-2-string-input-with-model',
    'basic-string-input-3-string-input-with-model-settings',
    'structured-message-input-1-single-human-message',
    'structured-message-input-2-human-message-with-multiple-content-blocks',
    'structured-message-input-4-tool-message-response',
    'stateful-conversations-1-new-conversation',
    'stateful-conversations-2-continue-conversation',
    'stateful-conversations-3-continue-with-history',
    'stateless-conversations-1-full-conversation-replay',
    'stateless-conversations-2-complex-tool-conversation',
    'model-configuration-1-platform-model-format',
    'model-configuration-3-aws-bedrock-model',
    'model-configuration-4-default-model-with-settings',
    'streaming-options-1-full-streaming',
    'streaming-options-2-events-only-streaming',
    'streaming-options-3-non-streaming',
    'complete-examples-1-full-e-commerce-integration',
    'complete-examples-2-customer-support-chat',
    'complete-examples-3-data-analysis-request',
  ];

  scenario('agent-examples', 'answers each example as the document shows', async () => {
    const conversation = await newConversation();
    for (const name of examples) {
      const body = fixture(name);
      if (typeof body.conversation_id === 'string' && !body.conversation_id.startsWith('support'))
        body.conversation_id = conversation;
      const isStream = body.stream !== 'off';
      const answer = await create(body, {
        headers: { accept: isStream ? 'text/event-stream' : 'application/json' },
      });
      expect([name, answer.status]).toEqual([name, 200]);
      const isStored = body.store !== false;
      expect([name, answer.headers.has('x-conversation-id')]).toEqual([name, isStored]);
      if (isStream) expect(await answer.text()).toMatch(/response\.completed/);
      else expect([name, (await json(answer)).status]).toEqual([name, 'completed']);
    }
  });

  scenario(
    'agent-examples',
    'refers to conversations and responses, and gets 404 where they do not exist',
    async () => {
      const unknown = fixture('stateful-conversations-2-continue-conversation');
      expect((await create(unknown)).status).toBe(404);
      expect((await create({ ...unknown, conversation_id: 'conv_mistyped' })).status).toBe(404);
      const branching = fixture('stateful-conversations-4-response-branching');
      expect((await create(branching)).status).toBe(404);
      const first = await createResponse({ input: 'First' });
      const branch = { conversation_id: first.conversation_id, previous_response_id: first.id };
      expect((await create({ ...branching, ...branch })).status).toBe(200);
      const proposed = await create(fixture('structured-message-input-3-ai-message-with-tool-calls'));
      expect(await proposed.json()).toMatchObject({
        status: 'interrupted',
        interrupts: [{ tool_call_id: 'call_123' }],
      });
    },
  );

  scenario('agent-errors', 'shows four errors', async () => {
    const json = { accept: 'application/json' };
    const transport = await create(fixture('error-examples-1-invalid-transport'), { headers: json });
    expect([transport.status, await transport.json()]).toEqual([
      406,
      { detail: 'Incompatible transport: stream=full requires Accept: text/event-stream' },
    ]);
    for (const name of ['2-invalid-message-sequence', '3-content-too-large', '4-invalid-model-settings']) {
      const answer = await create(fixture(`error-examples-${name}`), { headers: json });
      expect([name, answer.status, await answer.json()]).toMatchObject([
        name,
        422,
        { detail: [{ loc: expect.arrayContaining(['body']) as unknown }] },
      ]);
    }
  });
});
