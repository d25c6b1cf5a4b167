import type { JsonObject, ModelRequest, ModelTool } from '@antiphon/contracts';
import { chooseTool, chooseUrlTool, isSearchTool, propertiesOf, urlParameter } from './choose-tool.ts';
import { hintsOf, placesIn } from './hints.ts';
import { jsonInstance } from './json-instance.ts';
import { pageReading, partsOf, readMessage, type UserMessage } from './message.ts';
import { urlsIn } from './words.ts';
import { writeAnswer, writeJson } from './write-answer.ts';

/** The next step of a run: tool calls or, where there are none, the text of the answer. */
export interface Plan {
  calls: { name: string; args: JsonObject }[];
  text: string;
}

/** A tool and the part of the message that its arguments come from. */
type WantedCall = readonly [tool: ModelTool, text: string];

/** Calls for one message, apart from the page that a search found. */
const callsMax = 8;

/**
 * Plans a model turn: a call for each question of the message, at most one page that a search found, then the answer; so every run ends. Where
 * parallel calls are forbidden, the calls come one a turn.
 */
export function planTurn(
  request: Pick<ModelRequest, 'instructions' | 'items' | 'settings' | 'tools' | 'toolChoice'>,
): Plan {
  const { textFormat, parallelToolCalls } = request.settings;
  const message = readMessage(request.instructions, request.items);
  const tools = callableTools(request);
  const isToolRequired = request.toolChoice === 'required' || typeof request.toolChoice === 'object';
  const wanted = wantedCalls(message.text, tools, isToolRequired);
  const left = wanted.slice(message.outcomes.length, callsMax);
  const next = left.length > 0 ? left : pageToRead(message, tools);
  if (next.length > 0)
    return { calls: next.slice(0, parallelToolCalls === false ? 1 : undefined).map(callOf), text: '' };
  const omission =
    wanted.length > callsMax
      ? `\n\nThis message asks for ${wanted.length} tool calls. I made the first ${callsMax}: ask for the others in another message.`
      : '';
  const text = writeAnswer(message, request.tools) + omission;
  return { calls: [], text: textFormat.type === 'text' ? text : writeJson(message.text, textFormat, text) };
}

/** The tools that the tool choice allows. */
function callableTools({ tools, toolChoice }: Pick<ModelRequest, 'tools' | 'toolChoice'>): ModelTool[] {
  if (toolChoice === 'none') return [];
  return typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : tools;
}

function wantedCalls(text: string, tools: ModelTool[], isToolRequired: boolean): WantedCall[] {
  const found = partsOf(text).flatMap((part) => callsOf(chooseTool(part, tools), part));
  if (found.length > 1) return found;
  const required = isToolRequired ? (tools.find(isSearchTool) ?? tools[0]) : undefined;
  return callsOf(chooseTool(text, tools) ?? required, text);
}

/** One call, or one for each of several URLs or places. */
function callsOf(tool: ModelTool | undefined, text: string): WantedCall[] {
  if (!tool) return [];
  const urls = urlParameter(tool) ? urlsIn(text) : [];
  const texts = urls.length > 1 ? urls : placesIn(text, propertiesOf(tool)).map((place) => `in ${place}`);
  return (texts.length > 1 ? texts : [text]).map((each) => [tool, each]);
}

/** The first page that a search found, where the user or the system asks for pages and none was read. */
function pageToRead({ text, instructions, outcomes }: UserMessage, tools: ModelTool[]): WantedCall[] {
  const reader = pageReading.test(`${text}\n${instructions}`) ? chooseUrlTool('', tools) : undefined;
  const isRead = outcomes.some(({ name }) => tools.some((tool) => tool.name === name && urlParameter(tool)));
  const [url] = outcomes.flatMap(({ hasFailed, output }) => (hasFailed ? [] : urlsIn(output)));
  return reader && url !== undefined && !isRead ? [[reader, url]] : [];
}

function callOf([{ name, parameters }, text]: WantedCall) {
  const args = jsonInstance({ ...parameters, type: 'object' }, hintsOf(text));
  return { name, args: args as JsonObject }; // an instance of the type object
}
