import {
  Agent,
  applyPatchTool,
  codeInterpreterTool,
  type Computer,
  computerTool,
  type Editor,
  fileSearchTool,
  hostedMcpTool,
  imageGenerationTool,
  OpenAIProvider,
  programmaticToolCallingTool,
  Runner,
  setTracingDisabled,
  type Shell,
  shellTool,
  type Tool,
  tool,
  toolSearchTool,
  webSearchTool,
} from '@openai/agents';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { scenarioOfProcesses } from '../scenario.ts';
import { markIn, model, png, toolSystem, type ToolTurn } from './tool-system.ts';

const { system, client, notes, storeId, play, lastBody } = await toolSystem();
setTracingDisabled(true);
const runner = new Runner({
  modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: true }),
});

const shell: Shell = {
  run: async ({ commands }) => ({
    output: commands.map((command) => ({
      stdout: `ran ${command}`,
      stderr: '',
      outcome: { type: 'exit', exitCode: 0 },
    })),
  }),
};
const editor: Editor = {
  createFile: async ({ path, diff }) => ({ output: `created ${path} with ${diff}` }),
  updateFile: async ({ path }) => ({ status: 'failed', output: `${path} has other lines` }),
  deleteFile: async ({ path }) => ({ output: `deleted ${path}` }),
};
const pressed: string[] = [];
const computer: Computer = {
  environment: 'browser',
  dimensions: [1024, 768],
  screenshot: () => png,
  click: (x, y, button) => void pressed.push(`${button} ${x} ${y}`),
  doubleClick: () => undefined,
  scroll: () => undefined,
  type: (typed) => void pressed.push(typed),
  wait: () => undefined,
  move: () => undefined,
  keypress: () => undefined,
  drag: () => undefined,
};
const orders = tool({
  name: 'list_orders',
  description: 'Lists the orders of the shop with a status',
  parameters: z.object({ status: z.string() }),
  deferLoading: true,
  execute: async ({ status }) => `no ${status} orders`,
});

interface AgentCase {
  tools: () => Tool[];
  calls: ToolTurn[];
  /** The types of the run's items before the message. */
  items: string[];
  /** A part of what the model reads. */
  read: string;
}

const called = 'tool_call_item';
const both = [called, 'tool_call_output_item'];
const cases: Record<string, AgentCase> = {
  webSearchTool: {
    tools: () => [
      webSearchTool({
        userLocation: { type: 'approximate', city: 'Oslo' },
        filters: { allowedDomains: ['127.0.0.1'] },
        searchContextSize: 'low',
        externalWebAccess: true,
      }),
    ],
    calls: [
      ['web_search', { queries: ['rain'] }],
      ['web_search_open_page', { url: `${system.web.url}/pages/first` }],
    ],
    items: [called, called],
    read: 'what a reader of first wants',
  },
  fileSearchTool: {
    tools: () => [fileSearchTool([storeId], { maxNumResults: 3, includeSearchResults: true })],
    calls: [['file_search', { queries: ['Nile long'] }]],
    items: [called],
    read: 'The Nile is 6650 km long.',
  },
  codeInterpreterTool: {
    tools: () => [codeInterpreterTool({ container: { type: 'auto' }, includeOutputs: true })],
    calls: [['code_interpreter', { code: 'print(6 * 7)' }]],
    items: [called],
    read: '42',
  },
  imageGenerationTool: {
    tools: () => [imageGenerationTool({ size: '1024x1024', quality: 'low', partialImages: 1 })],
    calls: [['image_generation', { prompt: 'A cat' }]],
    items: [called],
    read: 'data:image/png;base64,',
  },
  toolSearchTool: {
    tools: () => [toolSearchTool(), orders],
    calls: [
      ['tool_search', { query: 'open orders' }],
      ['list_orders', { status: 'open' }],
    ],
    items: ['tool_search_call_item', 'tool_search_output_item', ...both],
    read: 'no open orders',
  },
  hostedMcpTool: {
    tools: () => [hostedMcpTool({ serverLabel: 'notes', serverUrl: notes.url })],
    calls: [['notes__read_note', { name: 'a' }]],
    items: [called, called],
    read: 'note a',
  },
  shellTool: {
    tools: () => [shellTool({ shell })],
    calls: [['shell', { commands: ['ls', 'pwd'] }]],
    items: both,
    read: 'ran pwd',
  },
  applyPatchTool: {
    tools: () => [applyPatchTool({ editor })],
    calls: [
      ['apply_patch', { operation: { type: 'create_file', path: 'a.txt', diff: '+a' } }],
      ['apply_patch', { operation: { type: 'update_file', path: 'a.txt', diff: '@@\n-a\n+b' } }],
      ['apply_patch', { operation: { type: 'delete_file', path: 'a.txt' } }],
    ],
    items: [...both, ...both, ...both],
    read: 'a.txt has other lines',
  },
  computerTool: {
    tools: () => [computerTool({ computer })],
    calls: [
      [
        'computer',
        {
          actions: [
            { type: 'click', x: 4, y: 5, button: 'left' },
            { type: 'type', text: 'hello' },
          ],
        },
      ],
    ],
    items: both,
    read: png,
  },
};

describe.each(Object.entries(cases))('@openai/agents with %s', (_name, { tools, calls, items, read }) => {
  const agent = () => new Agent({ name: 'Helper', model, tools: tools() });
  const answer = (outputs: string[]) => `Done${markIn(outputs[0]).replace('no mark', '')}.`;

  scenarioOfProcesses('client-agents-tools', 'runs, and continues by the last response', async () => {
    play(calls, answer);
    const result = await runner.run(agent(), 'Do it.');
    expect(result.finalOutput).toBe('Done.');
    expect(result.newItems.map(({ type }) => type)).toEqual([...items, 'message_output_item']);
    expect(lastBody()).toContain(read);
    const { lastResponseId: previousResponseId } = result;
    const next = await runner.run(agent(), 'Sure?', { ...(previousResponseId && { previousResponseId }) });
    expect(next.finalOutput).toBe('Done.');
  });

  scenarioOfProcesses('client-agents-tools', 'streams, and continues with its own items', async () => {
    play(calls, answer);
    const streamed = await runner.run(agent(), 'Do it.', { stream: true });
    await streamed.completed;
    expect(streamed.finalOutput).toBe('Done.');
    expect(streamed.newItems.map(({ type }) => type)).toEqual([...items, 'message_output_item']);
    const history = [...streamed.history, { role: 'user' as const, content: 'Sure?' }];
    expect((await runner.run(agent(), history)).finalOutput).toBe('Done.');
  });
});

scenarioOfProcesses('client-agents-tools', 'refuses what runs elsewhere, with what to do', async () => {
  const refused = async (tools: Tool[], refusal: RegExp) => {
    const agent = new Agent({ name: 'Helper', model, tools });
    await expect(runner.run(agent, 'Do it.')).rejects.toThrow(refusal);
  };
  await refused([shellTool({ environment: { type: 'container_auto' } })], /this server has no runner for it/);
  const ofPrograms = tool({
    name: 'list_orders',
    description: 'Lists orders',
    parameters: z.object({}),
    allowedCallers: ['direct', 'programmatic'],
    execute: async () => 'none',
  });
  await refused([programmaticToolCallingTool(), ofPrograms], /only the model calls tools here/);
});
