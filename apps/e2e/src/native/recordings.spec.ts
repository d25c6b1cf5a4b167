import { storingDialectNamed } from '@antiphon/dialects';
import {
  type HostedKind,
  type HostedTool,
  type ModelDelta,
  newId,
  type ResponseEvent,
} from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { runResponse } from '@antiphon/engine';
import {
  collectRun,
  directSchemas,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from '@antiphon/engine/testing';
import {
  isObject,
  kindsOfItems,
  objectsOf,
  parseObject,
  type Recording,
  recordingsOf,
  responsesAnswer,
  type UnknownObject,
} from '@antiphon/llm/testing';
import { describe, expect, it } from 'vitest';

const include = ['web_search_call.action.sources', 'code_interpreter_call.outputs'];
const tools: HostedTool[] = [
  {
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
  {
    kind: 'code_interpreter',
    options: { container: { type: 'auto', fileIds: [], memoryLimit: null } },
    declared: { type: 'code_interpreter', container: { type: 'auto' } },
  },
  {
    kind: 'image_generation',
    options: { action: 'auto', model: null, mask: null, partialImages: 0, image: {} },
    declared: { type: 'image_generation' },
  },
];

const recorded = recordingsOf('openai_responses').filter(
  (recording) =>
    ['openai', 'azure'].includes(recording.folder) &&
    outputOf(recording).some(({ type }) => String(type) in kindsOfItems),
);

describe.skipIf(recorded.length === 0)("recorded answers with the provider's own tools", () => {
  it.each(recorded.map((recording) => [`${recording.folder}/${recording.name}`, recording] as const))(
    'of %s have the same items, events and citations here',
    async (_name, recording) => {
      const sent = await passedThrough(recording);
      const last = sent.at(-1);
      const response = isObject(last?.['response']) ? last['response'] : {};
      const items = objectsOf(response['output']);
      const calls = (all: UnknownObject[]) => all.filter(({ type }) => String(type) in kindsOfItems);
      expect(calls(items).map(withoutId)).toMatchObject(calls(outputOf(recording)).map(withoutId));
      expect(citationsIn(items)).toEqual(citationsIn(outputOf(recording)));
      if (!recording.events) return;
      const known = callEvents(eventsOf(recording));
      // Azure leaves out the events of completed calls.
      const isKnown = (type: string) => !type.endsWith('_call.completed') || known.includes(type);
      expect(callEvents(sent).filter(isKnown)).toEqual(known);
    },
  );
});

/** The events of our API for an answer with these pieces. */
async function passedThrough(recording: Recording): Promise<UnknownObject[]> {
  const host = new ScriptedTools(...tools.map(({ kind }) => serverTool(kind)));
  host.hosted.push(...tools.map(({ kind }) => ({ kind, tool: serverTool(kind).tool })));
  const response = testResponse({ serverTools: [], hostedTools: tools, include });
  const ports = {
    model: new ScriptedModel({ bursts: [deltasOf(recording)] }),
    tools: host,
    schemas: directSchemas,
    newId,
    now: () => 5_000,
  };
  const run = runResponse(
    testCaller,
    { response, history: [] },
    testLimits,
    ports,
    new AbortController().signal,
  );
  const { events } = await collectRun(response, run);
  expect(host.calls).toEqual([]);
  const encode = storingDialectNamed('openai').openStream('stream');
  const all: ResponseEvent[] = [{ type: 'response.in_progress', response }, ...events];
  return all
    .flatMap((event) => encode(event))
    .map((frame) => parseObject(/^data: (.*)$/m.exec(frame)?.[1] ?? ''))
    .filter((event) => event !== undefined);
}

function deltasOf({ events, body }: Recording): ModelDelta[] {
  const decoder = responsesAnswer([], Object.values(kindsOfItems) satisfies HostedKind[]);
  const deltas: ModelDelta[] = [];
  if (events === null) decoder.whole(body, deltas);
  else for (const event of events) decoder.event(event, deltas);
  return deltas;
}

function eventsOf({ events }: Recording): UnknownObject[] {
  return (events ?? []).map(parseObject).filter((event) => event !== undefined);
}

function outputOf(recording: Recording): UnknownObject[] {
  const whole =
    recording.events === null ? parseObject(recording.body) : eventsOf(recording).at(-1)?.['response'];
  return isObject(whole) ? objectsOf(whole['output']) : [];
}

/** The types of the events of calls, of adjacent ones with one type the first. */
function callEvents(events: readonly UnknownObject[]): string[] {
  const types = events.flatMap(({ type, item }) => {
    if (isObject(item))
      return String(item['type']) in kindsOfItems ? [`${String(type)} ${String(item['type'])}`] : [];
    return /^response\.(web_search|code_interpreter|image_generation)_call/.test(String(type))
      ? [String(type)]
      : [];
  });
  return types.filter((type, index) => type !== types[index - 1]);
}

function citationsIn(items: readonly UnknownObject[]): unknown[] {
  return items.flatMap(({ content }) =>
    objectsOf(content).flatMap(({ annotations }) =>
      objectsOf(annotations).map(({ type, url, file_id: file, start_index: start, end_index: end }) => ({
        type,
        url,
        file,
        start,
        end,
      })),
    ),
  );
}

/** Azure repeats the status of an earlier event in items that are done. */
function withoutId({ id: _id, status, ...item }: UnknownObject): UnknownObject {
  return { ...item, status: status === 'searching' || status === 'generating' ? 'completed' : status };
}
