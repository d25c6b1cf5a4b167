import {
  type HostedKind,
  type HostedTool,
  type Item,
  type ModelSettings,
  newId,
  type Response,
} from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { storingDialectNamed } from '@antiphon/dialects';
import { type RunPorts, runResponse } from '@antiphon/engine';
import { connectTo, type HttpProviderOptions, type Provider } from '@antiphon/llm/testing';
import { collectRun, directSchemas, ScriptedTools, serverTool, testLimits } from '@antiphon/engine/testing';

/** The hosted tools of these runs. */
export const hostedTools = {
  web_search: {
    kind: 'web_search',
    options: {
      allowedDomains: [],
      blockedDomains: [],
      location: null,
      contextSize: 'medium',
      opensPages: true,
    },
    declared: { type: 'web_search' },
  },
  code_interpreter: {
    kind: 'code_interpreter',
    options: { container: { type: 'auto', fileIds: [], memoryLimit: null } },
    declared: { type: 'code_interpreter', container: { type: 'auto' } },
  },
} satisfies Partial<Record<HostedKind, HostedTool>>;

/** The page and the output of the tools that run here. */
const results = {
  web_search: {
    output: 'Tides\nhttps://sea.example/tides',
    detail: {
      kind: 'web_search' as const,
      action: {
        type: 'search' as const,
        queries: ['tides'],
        results: [{ url: 'https://sea.example/tides', title: 'Tides', snippet: '' }],
      },
    },
  },
  code_interpreter: {
    output: '1',
    detail: {
      kind: 'code_interpreter' as const,
      containerId: 'cntr_1',
      outputs: [{ type: 'logs' as const, logs: '1' }],
    },
  },
};

/** Where a run's hosted tools ran, and what its caller sees. */
export interface NativeRun {
  response: Response;
  /** The names of the functions that ran here. */
  ranHere: string[];
  /** The items of the API, without their ids. */
  items: Record<string, unknown>[];
  /** The context for a next run. */
  history: Item[];
}

/** A provider of a spec; it runs hosted tools itself unless `options` say otherwise. */
export function nativeProvider(baseUrl: string, options: Partial<HttpProviderOptions>): Provider {
  return connectTo(baseUrl, { hostedTools: 'native', ...options });
}

/** Runs a response with hosted tools at a provider. */
export async function runAt(
  provider: Provider,
  run: {
    model: string;
    kinds: (keyof typeof hostedTools)[];
    text?: string;
    history?: Item[];
    settings?: Partial<ModelSettings>;
  },
): Promise<NativeRun> {
  const { model, kinds, text = 'Which tides?', history = [], settings } = run;
  const functions = kinds.map((kind) =>
    serverTool(kind, { parameters: { type: 'object', properties: {} } }, () => ({
      ...results[kind],
      error: null,
      durationMs: 1,
    })),
  );
  const tools = new ScriptedTools(...functions);
  tools.hosted.push(
    ...kinds.map((kind, at) => ({ kind, tool: functions[at]?.tool ?? serverTool(kind).tool })),
  );
  const base = testResponse();
  const response = testResponse({
    model,
    input: [message(text)],
    serverTools: [],
    hostedTools: kinds.map((kind) => hostedTools[kind]),
    include: ['web_search_call.action.sources', 'code_interpreter_call.outputs'],
    settings: { ...base.settings, ...settings },
  });
  const ports: RunPorts = {
    model: {
      stream: (_caller, request, signal) => provider.stream({ ...request, chatFields: {} }, signal),
    },
    tools,
    schemas: directSchemas,
    newId,
    now: () => 5_000,
  };
  const events = runResponse(
    testCaller,
    { response, history },
    testLimits,
    ports,
    new AbortController().signal,
  );
  const { response: ended } = await collectRun(response, events);
  const { body } = storingDialectNamed('openai').encodeCreated(ended);
  const items = (body as { output?: Record<string, unknown>[] }).output ?? [];
  return {
    response: ended,
    ranHere: tools.calls.map(({ name }) => name),
    items: items.map(({ id: _id, ...item }) => item),
    history: [...history, ...response.input, ...ended.output],
  };
}

function message(text: string): Item {
  return {
    type: 'message',
    id: 'msg_1',
    role: 'user',
    content: [{ type: 'text', text }],
    status: 'completed',
  };
}
