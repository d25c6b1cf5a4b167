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

/** A tool and the part of the message that its arguments come from. */
interface WantedCall {
  tool: ModelTool;
  text: string;
  url?: string;
}

/** Calls for one message, apart from the pages that a search found. */
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
  const wanted = wantedCalls(turn, request);
  const first =
    turn.outcomes.length === 0 || isSerial ? wanted.slice(turn.outcomes.length, callsMax).map(callOf) : [];
  const calls = first.length > 0 || turn.outcomes.length === 0 ? first : nextCalls(turn, request);
  if (calls.length > 0) return { type: 'calls', calls: isSerial ? calls.slice(0, 1) : calls };
  const answer = writeAnswer(turn, request.tools) + leftOut(wanted.length);
  return { type: 'text', text: textFormat.type === 'text' ? answer : writeJson(turn, textFormat, answer) };
}

/** Says that a message asked for more calls than are made. */
function leftOut(wantedCount: number): string {
  if (wantedCount <= callsMax) return '';
  return `\n\nThis message asks for ${wantedCount} tool calls. I made the first ${callsMax}: ask for the others in another message.`;
}

/** All calls that a message asks for. */
function wantedCalls(turn: Turn, request: Pick<ModelRequest, 'tools' | 'toolChoice'>): WantedCall[] {
  const { tools, toolChoice } = request;
  if (toolChoice === 'none') return [];
  if (typeof toolChoice !== 'object') {
    const calls = turn.parts.flatMap((text) => {
      const tool = chooseTool({ ...turn, text }, tools);
      return tool === null ? [] : [callsOf(tool, text)];
    });
    if (calls.length > 1) return calls.flat();
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
  return found
    .slice(0, pagesWanted(turn, pagesMax))
    .map((url) => callOf({ tool: reader, text: turn.text, url }));
}

/** One call, or one for each of several URLs or places. */
function callsOf(tool: ModelTool, text: string): WantedCall[] {
  const urls = urlParameter(tool) === null ? [] : urlsIn(text);
  if (urls.length > 1) return urls.map((url) => ({ tool, text, url }));
  const places = takesPlace(tool) ? placesIn(text) : [];
  if (places.length > 1) return places.map((place) => ({ tool, text: `in ${place}` }));
  return [{ tool, text }];
}

function callOf({ tool, text, url }: WantedCall): PlannedCall {
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
