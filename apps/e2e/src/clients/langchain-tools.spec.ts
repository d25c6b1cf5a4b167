import { type AIMessage, type AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, tools } from '@langchain/openai';
import { describe, expect } from 'vitest';
import { scenarioOfProcesses } from '../scenario.ts';
import { markIn, model as name, png, toolSystem, type ToolTurn } from './tool-system.ts';

const { system, baseURL, apiKey, notes, storeId, play, lastBody } = await toolSystem();
const modelWith = (zdrEnabled: boolean) =>
  new ChatOpenAI({
    model: name,
    apiKey,
    configuration: { baseURL },
    useResponsesApi: true,
    zdrEnabled,
    maxRetries: 0,
  });

type Bound = Parameters<ChatOpenAI['bindTools']>[0];

interface ChainCase {
  tools: Bound;
  calls: ToolTurn[];
  /** The types of the items of calls. */
  items: string[];
  /** A part of what the model reads. */
  read: string;
}

const openPage = ['web_search_open_page', { url: `${system.web.url}/pages/first` }] as const;

/** Tools that the server runs, as plain objects or made by the package. */
const hosted: Record<string, ChainCase> = {
  web_search: {
    tools: [tools.webSearch({ search_context_size: 'low' })],
    calls: [['web_search', { queries: ['rain'] }], openPage],
    items: ['web_search_call', 'web_search_call'],
    read: 'what a reader of first wants',
  },
  web_search_preview: {
    tools: [{ type: 'web_search_preview' }],
    calls: [['web_search', { queries: ['rain'] }]],
    items: ['web_search_call'],
    read: 'Partly cloudy',
  },
  file_search: {
    tools: [tools.fileSearch({ vectorStoreIds: [storeId], maxNumResults: 3 })],
    calls: [['file_search', { queries: ['Nile long'] }]],
    items: ['file_search_call'],
    read: 'The Nile is 6650 km long.',
  },
  code_interpreter: {
    tools: [tools.codeInterpreter()],
    calls: [['code_interpreter', { code: 'print(6 * 7)' }]],
    items: ['code_interpreter_call'],
    read: '42',
  },
  image_generation: {
    tools: [tools.imageGeneration({ size: '1024x1024', partialImages: 1 })],
    calls: [['image_generation', { prompt: 'A cat' }]],
    items: ['image_generation_call'],
    read: 'data:image/png;base64,',
  },
  mcp: {
    tools: [tools.mcp({ serverLabel: 'notes', serverUrl: notes.url, requireApproval: 'never' })],
    calls: [['notes__read_note', { name: 'a' }]],
    items: ['mcp_list_tools', 'mcp_call'],
    read: 'note a',
  },
};

const itemsOf = ({ response_metadata: { output } }: AIMessage | AIMessageChunk): string[] =>
  (output as { type: string }[]).map(({ type }) => type);
const concatenated = async (chunks: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> => {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of chunks) whole = whole?.concat(chunk) ?? chunk;
  return whole ?? expect.unreachable();
};

describe.each(Object.entries(hosted))(
  '@langchain/openai with %s',
  (_name, { tools: offered, calls, items, read }) => {
    for (const zdrEnabled of [false, true])
      scenarioOfProcesses(
        'client-langchain-tools',
        `invokes and streams, zdrEnabled: ${zdrEnabled}`,
        async () => {
          play(calls, (outputs) => `Done${markIn(outputs[0]).replace('no mark', '')}.`);
          const bound = modelWith(zdrEnabled).bindTools(offered);
          const question = new HumanMessage('Do it.');
          for (const ask of [
            () => bound.invoke([question]),
            async () => concatenated(await bound.stream([question])),
          ]) {
            const answer = await ask();
            expect(answer.text).toBe('Done.');
            expect(itemsOf(answer)).toEqual([...items, 'message']);
            expect(lastBody()).toContain(read);
            expect((await bound.invoke([question, answer, new HumanMessage('Sure?')])).text).toBe('Done.');
          }
        },
      );
  },
);

interface LocalCase {
  tool: Bound[number];
  call: ToolTurn;
  /** The name and the arguments of the call as the package has them. */
  asked: object;
  /** The output as a message. */
  output: (id: string) => ToolMessage;
  read: string;
}

const click = { type: 'click', button: 'left', x: 4, y: 5 };
const local: Record<string, LocalCase> = {
  computer_use_preview: {
    tool: { type: 'computer_use_preview', display_width: 1024, display_height: 768, environment: 'browser' },
    call: ['computer', { action: click }],
    asked: { name: 'computer_use', args: { action: click } },
    output: (tool_call_id) =>
      new ToolMessage({
        tool_call_id,
        content: [{ type: 'computer_screenshot', image_url: `data:image/png;base64,${png}` }],
        additional_kwargs: { type: 'computer_call_output' },
      }),
    read: png,
  },
  custom: {
    tool: {
      type: 'custom',
      name: 'digits',
      format: { type: 'grammar', syntax: 'regex', definition: '[0-9]+' },
    },
    call: ['digits', { input: '42' }],
    asked: { name: 'digits', args: { input: '42' } },
    output: (tool_call_id) =>
      new ToolMessage({ tool_call_id, content: 'took 42', additional_kwargs: { customTool: true } }),
    read: 'took 42',
  },
};

describe.each(Object.entries(local))(
  '@langchain/openai with %s',
  (_name, { tool, call, asked, output, read }) => {
    scenarioOfProcesses(
      'client-langchain-tools',
      'asks its caller, and continues with the output',
      async () => {
        play([call]);
        const bound = modelWith(false).bindTools([tool]);
        const question = new HumanMessage('Do it.');
        for (const answer of [
          await bound.invoke([question]),
          await concatenated(await bound.stream([question])),
        ]) {
          expect(answer.tool_calls).toMatchObject([asked]);
          const result = output(answer.tool_calls?.[0]?.id ?? '');
          expect((await bound.invoke([question, answer, result])).text).toBe('Done.');
          expect(lastBody()).toContain(read);
        }
      },
    );
  },
);
