import type { JsonObject, ModelRequest, ModelTool } from '@antiphon/contracts';
import { chooseTool, chooseUrlTool, isPageReader, isSearchTool, urlParameter } from './choose-tool.ts';
import { pagesWanted, wantsPagesRead } from './intent.ts';
import { jsonInstance } from './json-instance.ts';
import { placesIn, TextHints } from './text-hints.ts';
import { readTurn, type Turn } from './turn.ts';
import { urlsIn } from './words.ts';
import { writeAnswer, writeJson } from './write-answer.ts';

export interface PlannedCall {
  name: string;
  args: JsonObject;
}

/** The next step: tool calls, or the answer. */
export type Plan = { type: 'calls'; calls: PlannedCall[] } | { type: 'text'; text: string };

/** Calls of one turn. */
const callsMax = 8;
/** Pages that are read after one search. */
const pagesMax = 4;

/**
 * Plans a model turn. The pages of a search are read once, after the first calls of a message, so every run ends. Where parallel calls
 * are forbidden, the first calls come one a turn.
 */
export function planTurn(
  request: Pick<ModelRequest, 'instructions' | 'items' | 'tools' | 'toolChoice' | 'settings'>,
): Plan {
  const { textFormat, parallelToolCalls } = request.settings;
  const turn = readTurn(request.instructions, request.items);
  const isSerial = parallelToolCalls === false;
  const first =
    turn.outcomes.length === 0 || isSerial ? firstCalls(turn, request).slice(turn.outcomes.length) : [];
  const calls = first.length > 0 || turn.outcomes.length === 0 ? first : nextCalls(turn, request);
  if (calls.length > 0) return { type: 'calls', calls: isSerial ? calls.slice(0, 1) : calls };
  const answer = writeAnswer(turn, request.tools);
  return { type: 'text', text: textFormat.type === 'text' ? answer : writeJson(turn, textFormat, answer) };
}

function firstCalls(turn: Turn, request: Pick<ModelRequest, 'tools' | 'toolChoice'>): PlannedCall[] {
  const { tools, toolChoice } = request;
  if (toolChoice === 'none') return [];
  if (typeof toolChoice !== 'object') {
    const calls = turn.parts.flatMap((text) => {
      const tool = chooseTool({ ...turn, text }, tools);
      return tool === null ? [] : [callsOf(tool, text)];
    });
    if (calls.length > 1) return calls.flat().slice(0, callsMax);
  }
  const named =
    typeof toolChoice === 'object' ? tools.find((tool) => tool.name === toolChoice.name) : undefined;
  const chosen =
    named ??
    chooseTool(turn, tools) ??
    (toolChoice === 'required' ? (tools.find(isSearchTool) ?? tools[0]) : undefined);
  return chosen === undefined ? [] : callsOf(chosen, turn.text);
}

/** After a search, the pages that it found are read where the user or the system asks for that. */
function nextCalls(turn: Turn, request: Pick<ModelRequest, 'tools' | 'toolChoice'>): PlannedCall[] {
  if (request.toolChoice === 'none' || typeof request.toolChoice === 'object') return [];
  const called = request.tools.filter((tool) => turn.outcomes.some((outcome) => outcome.name === tool.name));
  if (!wantsPagesRead(turn) || called.some((tool) => urlParameter(tool) !== null)) return [];
  const reader = request.tools.find(isPageReader) ?? chooseUrlTool('', request.tools);
  if (reader === null) return [];
  const found = turn.outcomes
    .filter((outcome) => !outcome.hasFailed)
    .flatMap((outcome) => urlsIn(outcome.output));
  return found.slice(0, pagesWanted(turn, pagesMax)).map((url) => callOf(reader, turn.text, url));
}

/** One call, or one for each of several URLs or places. */
function callsOf(tool: ModelTool, text: string): PlannedCall[] {
  const urls = urlParameter(tool) === null ? [] : urlsIn(text);
  if (urls.length > 1) return urls.slice(0, callsMax).map((url) => callOf(tool, text, url));
  const places = takesPlace(tool) ? placesIn(text) : [];
  if (places.length > 1) return places.slice(0, callsMax).map((place) => callOf(tool, `in ${place}`));
  return [callOf(tool, text)];
}

function callOf(tool: ModelTool, text: string, url?: string): PlannedCall {
  const schema = withRequiredProperty(tool.parameters ?? {});
  const args = jsonInstance({ ...schema, type: 'object' }, new TextHints(text, url));
  return {
    name: tool.name,
    args: typeof args === 'object' && args !== null && !Array.isArray(args) ? args : {},
  };
}

/** A schema without required properties still gets its first one. */
function withRequiredProperty(schema: JsonObject): JsonObject {
  const [first] = Object.keys((schema['properties'] ?? {}) as JsonObject); // `properties` of a tool's schema is an object or absent
  const hasRequired = Array.isArray(schema['required']) && schema['required'].length > 0;
  return hasRequired || first === undefined ? schema : { ...schema, required: [first] };
}

function takesPlace(tool: ModelTool): boolean {
  return /"(?:city|location|place|town|destination)"/i.test(JSON.stringify(tool.parameters ?? {}));
}
