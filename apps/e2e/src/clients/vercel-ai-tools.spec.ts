import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, type ModelMessage, streamText, tool, type ToolSet } from 'ai';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { scenarioOfProcesses } from '../scenario.ts';
import { markIn, model as name, png, toolSystem, type ToolTurn } from './tool-system.ts';

const { system, baseURL, apiKey, notes, storeId, play, lastBody } = await toolSystem();
const openai = createOpenAI({ baseURL, apiKey });
const model = openai.responses(name);

interface AiCase {
  tools: ToolSet;
  calls: ToolTurn[];
  /** A part of what the model reads. */
  read: string;
  /** The results of all steps, without those that have only their call. */
  results: unknown[];
  /** Where the answer has one, the kind of its source. */
  source?: 'url' | 'document';
}

const click = { type: 'click', button: 'left', x: 4, y: 5 };
const operation = { type: 'update_file', path: 'a.txt', diff: '@@\n-a\n+b' };
const openPage = ['web_search_open_page', { url: `${system.web.url}/pages/first` }] as const;
const searched = {
  action: { type: 'search', queries: ['rain'] },
  sources: [{ type: 'url' }, { type: 'url' }],
};

const cases: Record<string, AiCase> = {
  webSearch: {
    tools: {
      web_search: openai.tools.webSearch({
        externalWebAccess: true,
        searchContextSize: 'low',
        userLocation: { type: 'approximate', city: 'Oslo' },
      }),
    },
    calls: [['web_search', { queries: ['rain'] }], openPage],
    read: 'what a reader of first wants',
    results: [searched, { action: { type: 'openPage', url: openPage[1].url } }],
    source: 'url',
  },
  webSearchPreview: {
    tools: { web_search_preview: openai.tools.webSearchPreview({ searchContextSize: 'high' }) },
    calls: [['web_search', { queries: ['rain'] }]],
    read: 'Partly cloudy',
    results: [{ action: { type: 'search' } }],
    source: 'url',
  },
  fileSearch: {
    tools: {
      file_search: openai.tools.fileSearch({
        vectorStoreIds: [storeId],
        maxNumResults: 3,
        ranking: { ranker: 'auto', scoreThreshold: 0 },
      }),
    },
    calls: [['file_search', { queries: ['Nile long'] }]],
    read: 'The Nile is 6650 km long.',
    results: [{ queries: ['Nile long'] }],
    source: 'document',
  },
  codeInterpreter: {
    tools: { code_interpreter: openai.tools.codeInterpreter({ container: { fileIds: [] } }) },
    calls: [['code_interpreter', { code: 'print(6 * 7)' }]],
    read: '42',
    results: [{ outputs: [{ type: 'logs', logs: expect.stringContaining('42') as string }] }],
  },
  imageGeneration: {
    tools: { image_generation: openai.tools.imageGeneration({ size: '1024x1024', outputFormat: 'png' }) },
    calls: [['image_generation', { prompt: 'A cat' }]],
    read: 'data:image/png;base64,',
    results: [{ result: expect.stringMatching(/^iVBOR/) as string }],
  },
  toolSearch: {
    tools: {
      tool_search: openai.tools.toolSearch({ execution: 'server' }),
      list_orders: tool({
        description: 'Lists the orders of the shop with a status',
        inputSchema: z.object({ status: z.string() }),
        providerOptions: { openai: { deferLoading: true } },
        execute: async ({ status }) => `no ${status} orders`,
      }),
    },
    calls: [
      ['tool_search', { query: 'open orders' }],
      ['list_orders', { status: 'open' }],
    ],
    read: 'no open orders',
    results: [{ tools: [{ name: 'list_orders' }] }, 'no open orders'],
  },
  mcp: {
    tools: {
      mcp: openai.tools.mcp({ serverLabel: 'notes', serverUrl: notes.url, requireApproval: 'never' }),
    },
    calls: [['notes__read_note', { name: 'a' }]],
    read: 'note a',
    results: [{ type: 'call', serverLabel: 'notes', name: 'read_note', output: 'note a' }],
  },
  localShell: {
    tools: {
      local_shell: openai.tools.localShell({
        execute: async ({ action }) => ({ output: `ran ${action.command.join(' ')}` }),
      }),
    },
    calls: [['local_shell', { command: ['ls', '-l'] }]],
    read: 'ran ls -l',
    results: [{ output: 'ran ls -l' }],
  },
  shell: {
    tools: {
      shell: openai.tools.shell({
        execute: async ({ action }) => ({
          output: action.commands.map((command) => ({
            stdout: `ran ${command}`,
            stderr: '',
            outcome: { type: 'exit' as const, exitCode: 0 },
          })),
        }),
      }),
    },
    calls: [['shell', { commands: ['ls', 'pwd'] }]],
    read: 'ran pwd',
    results: [{ output: [{ stdout: 'ran ls' }, { stdout: 'ran pwd' }] }],
  },
  applyPatch: {
    tools: {
      apply_patch: openai.tools.applyPatch({
        execute: async (input) => ({
          status: 'completed' as const,
          output: `patched ${input.operation.path}`,
        }),
      }),
    },
    calls: [['apply_patch', { operation }]],
    read: 'patched a.txt',
    results: [{ status: 'completed', output: 'patched a.txt' }],
  },
  computer: {
    tools: {
      computer: openai.tools.computer({
        execute: async () => ({
          output: { type: 'computer_screenshot' as const, imageUrl: `data:image/png;base64,${png}` },
        }),
      }),
    },
    calls: [['computer', { actions: [click] }]],
    read: png,
    results: [{ output: { type: 'computer_screenshot' } }],
  },
  customTool: {
    tools: {
      digits: {
        ...openai.tools.customTool({
          description: 'Takes digits',
          format: { type: 'grammar', syntax: 'regex', definition: '[0-9]+' },
        }),
        execute: async (input) => `took ${String(input)}`,
      },
    },
    calls: [['digits', { input: '42' }]],
    read: 'took 42',
    results: ['took 42'],
  },
};

/** Citations are sources, and so are the pages that a search found. */
const kindsOf = (sources: readonly { sourceType: string }[]) => [
  ...new Set(sources.map(({ sourceType }) => sourceType)),
];

describe.each(Object.entries(cases))(
  'ai with openai.tools.%s',
  (_name, { tools, calls, read, results, source }) => {
    for (const store of [true, false])
      scenarioOfProcesses('client-vercel-ai-tools', `generates and streams, store: ${store}`, async () => {
        play(calls, (outputs) => `Done${markIn(outputs[0]).replace('no mark', '')}.`);
        const providerOptions = { openai: { store } };
        const options = { model, tools, providerOptions, stopWhen: isStepCount(5), maxRetries: 0 };
        const messages: ModelMessage[] = [{ role: 'user', content: 'Do it.' }];

        const generated = await generateText({ ...options, messages });
        expect(generated.text).toBe('Done.');
        const outputs = generated.steps.flatMap(({ toolResults }) =>
          toolResults.map(({ output }): unknown => output),
        );
        expect(outputs).toMatchObject(results);
        expect(kindsOf(generated.sources)).toEqual(source ? [source] : []);
        expect(lastBody()).toContain(read);

        const streamed = streamText({ ...options, messages });
        expect(await streamed.text).toBe('Done.');
        expect(kindsOf(await streamed.sources)).toEqual(source ? [source] : []);

        for (const { response } of [generated, await streamed.finalStep]) {
          const next = [...messages, ...response.messages, { role: 'user' as const, content: 'Sure?' }];
          expect((await generateText({ ...options, messages: next })).text).toBe('Done.');
        }
      });
  },
);
