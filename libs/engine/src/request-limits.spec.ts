import type { ModelDelta, Response } from '@antiphon/contracts';
import { countingIds, plainSettings, testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { runResponse } from './run-response.ts';
import {
  asks,
  clientTool,
  collectRun,
  directSchemas,
  end,
  says,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from './testing/index.ts';

async function run(model: ScriptedModel, changes: Partial<Response>, tools = new ScriptedTools()) {
  const response = testResponse(changes);
  const ports = { model, tools, schemas: directSchemas, newId: countingIds(), now: () => 5_000 };
  const { signal } = new AbortController();
  const events = runResponse(testCaller, { response, history: [] }, testLimits, ports, signal);
  return (await collectRun(response, events)).response;
}

it('offers only the tools that the caller allows, and runs no other', async () => {
  const model = new ScriptedModel(asks({ name: 'scrape' }), says('ok'));
  const tools = new ScriptedTools(serverTool('search'), serverTool('scrape'));
  const { output } = await run(
    model,
    {
      clientTools: [clientTool('ask'), clientTool('tell')],
      allowedTools: [
        { executor: 'server', serverLabel: null, name: 'search' },
        { executor: 'client', name: 'tell' },
      ],
    },
    tools,
  );

  expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['search', 'tell']);
  expect(tools.calls).toEqual([]);
  expect(JSON.stringify(output)).toContain('There is no tool named scrape.');
});

it('calls no more tools than the caller allows', async () => {
  const tools = new ScriptedTools(serverTool('add'));
  const model = new ScriptedModel(
    asks({ name: 'add', callId: 'a' }, { name: 'add', callId: 'b' }),
    says('ok'),
  );
  const { output } = await run(model, { toolCallsMax: 1 }, tools);

  expect(tools.calls).toHaveLength(1);
  expect(JSON.stringify(output)).toContain('a run may make at most 1.');
});

it('limits a turn to one call where the provider does not', async () => {
  const model = new ScriptedModel(asks({ name: 'ask', callId: 'a' }, { name: 'ask', callId: 'b' }));
  const { output, status } = await run(model, {
    clientTools: [clientTool('ask')],
    settings: { ...plainSettings, parallelToolCalls: false },
  });

  expect(status).toBe('requires_action');
  expect(output.map((item) => item.type === 'function_call' && item.callId)).toEqual(['a']);
});

it('fails instead of cutting a context where the caller forbids it', async () => {
  const { error, status } = await run(new ScriptedModel(), {
    keepsContext: true,
    instructions: 'x'.repeat(testLimits.contextTokensMax * 4 + 1),
  });

  expect([status, error?.code]).toEqual(['failed', 'context_too_long']);
});

it('passes on the log probabilities of tokens', async () => {
  const token = (text: string) => ({ token: text, logprob: -0.1, bytes: [72], top: [] });
  const text = (said: string): ModelDelta[] => [{ type: 'text', text: said, logprobs: [token(said)] }];
  const { output } = await run(new ScriptedModel({ bursts: [text('H'), text('i'), [end('stop')]] }), {});

  expect(output).toMatchObject([
    { content: [{ type: 'text', text: 'Hi', logprobs: [token('H'), token('i')] }] },
  ]);
});
