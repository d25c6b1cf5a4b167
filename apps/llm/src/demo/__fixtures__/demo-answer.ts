import {
  functionCall,
  type Item,
  type JsonObject,
  type ModelTool,
} from '@antiphon/contracts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { DemoProvider } from '../demo.ts';

export function tool(
  name: string,
  description: string,
  properties: JsonObject,
  required = Object.keys(properties).slice(0, 1),
): ModelTool {
  return { name, description, parameters: { type: 'object', properties, required }, strict: null };
}

export const webTools = [
  tool('google_search', 'Search the web with Google. Returns titles, links and snippets.', {
    q: { type: 'string' },
    num: { type: 'integer' },
  }),
  tool('scrape', 'Fetch a web page and return its readable text.', { url: { type: 'string' } }),
  tool('get_http_requests', 'Send a GET request to a URL.', {
    url: { type: 'string' },
    input_data: { type: 'object' },
    headers: { type: 'object' },
  }),
];

/** The whole answer of the demo provider. */
export async function answer(request: ProviderRequest) {
  const deltas = await answerTo(new DemoProvider(), request);
  const calls: { name: string; arguments: string }[] = [];
  let text = '';
  for (const delta of deltas) {
    if (delta.type === 'text') text += delta.text;
    if (delta.type === 'call') calls[delta.call] = { name: delta.name, arguments: '' };
    const call = delta.type === 'arguments' ? calls[delta.call] : undefined;
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  const end = deltas.at(-1);
  if (end?.type !== 'end') throw new Error('the answer has no end');
  return {
    deltas,
    text,
    end,
    calls: calls.map((call) => [call.name, JSON.parse(call.arguments) as JsonObject] as const),
  };
}

/** The first calls of the demo. */
export async function callsFor(text: string, tools = webTools, changes: Partial<ProviderRequest> = {}) {
  return (await answer(modelRequest(text, { tools, ...changes }))).calls;
}

/** The conversation after tool calls. */
export function after(
  text: string,
  ...outcomes: { name: string; args?: JsonObject; output: string; hasFailed?: boolean }[]
): Item[] {
  return [
    ...modelRequest(text).items,
    ...outcomes.flatMap(({ name, args = {}, output, hasFailed }, index): Item[] => {
      const call = functionCall({
        id: `fc_${index}`,
        callId: `call_${index}`,
        name,
        arguments: JSON.stringify(args),
        executor: 'server',
        depth: index,
        error: hasFailed ? { code: 'unavailable', message: output } : null,
      });
      return [
        call,
        {
          type: 'function_call_output',
          id: `fco_${index}`,
          callId: call.callId,
          output,
          status: 'completed',
        },
      ];
    }),
  ];
}

/** The output of a search. */
export const found = JSON.stringify({
  organic: [
    { title: 'First', link: 'https://one.example/a', snippet: 'It is sunny.' },
    { title: 'Second', link: 'https://two.example/b', snippet: 'It rains.' },
  ],
});
